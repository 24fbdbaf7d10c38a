/// How much smaller old events become in TimescaleDB's columnstore, and how long a lookup of a trade then takes, by the
/// columns that segment and order them.
///
/// The limit is the same events as rows.
enum ColumnStore {
    static let question = Question(
        name: "columnstore",
        title: "1,000,000 events as rows and in the columnstore, with their indexes",
        metrics: [
            Metric(name: "size", unit: .mebibytes), Metric(name: "timeline of one trade, p50", unit: .milliseconds),
        ],
        contenders: contenders
    )

    private static let table = "kept_events"

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 250_000, quick: 5000), .scaled)
        let repetitions = setting.count(full: 200, quick: 20)
        let database = try FilledDatabase(trades, on: .timescaleDB, setting).database
        guard try database.connection().rows("SHOW timescaledb.license") == [["timescale"]] else {
            throw LeftOut("this edition of TimescaleDB has no columnstore")
        }

        let rows = Contender.limit { _ in
            try measured(orderedBy: nil, in: database, trades, repetitions)
        }
        let orders: [String] = ["sequence", "recorded_at", "trade_id, sequence"]
        let columns = orders.map { order in
            Contender(name: "columns by ledger_id, ordered by \(order)") { _ in
                try measured(orderedBy: order, in: database, trades, repetitions)
            }
        }
        return [rows] + columns
    }

    /// Copies the events into a table of their own, moves them into the columnstore where an order is given, and
    /// returns the size of the table and the time of a timeline.
    private static func measured(
        orderedBy order: String?,
        in database: TradeDatabase,
        _ trades: ManyTrades,
        _ repetitions: Int
    ) throws -> [Double] {
        try database.makeEventTable(table)
        let connection = try database.connection()
        try connection.execute("INSERT INTO \(table) SELECT * FROM ledger.trade_events ORDER BY sequence")
        if let order {
            try connection.execute(
                """
                ALTER TABLE \(table) SET (timescaledb.compress, timescaledb.compress_segmentby = 'ledger_id',
                    timescaledb.compress_orderby = '\(order)')
                """
            )
            try connection.execute("SELECT compress_chunk(chunk) FROM show_chunks('\(table)') AS chunk")
        }
        try database.settle()
        guard let byteCount = Double(try connection.rows("SELECT hypertable_size('\(table)')")[0][0]) else {
            throw Failure("the size of \(table) is unknown")
        }
        let times = try timeline.milliseconds(repetitions, ofTrades: trades.tradeCount, connection)
        try connection.execute("DROP TABLE \(table)")
        return [byteCount / Double(1 << 20), times.median]
    }

    /// The query of `trade_timeline`, for the table.
    private static let timeline = PreparedQuery(
        name: "timeline",
        text: """
            SELECT event.*
            FROM ledger.trades AS trade
            CROSS JOIN LATERAL (
                SELECT *
                FROM \(table) AS event
                WHERE event.ledger_id = trade.ledger_id
                  AND event.sequence BETWEEN trade.first_sequence AND trade.last_sequence
                  AND event.recorded_at BETWEEN trade.first_recorded_at AND trade.last_recorded_at
                  AND event.subject = trade.trade_id
                OFFSET 0
            ) AS event
            WHERE trade.trade_id = $1
            ORDER BY event.sequence
            """,
        parameters: { [ManyTrades.tradeID($0)] }
    )
}

/// The events per second that reach an empty database, compared with other clients that store the same rows.
///
/// The limit copies ready-made rows into a table like that of the events, without projections.
enum CatchUp {
    static let questions = Question.ofEachKind(
        "catch-up",
        "all events of a ledger into an empty database",
        [Metric(name: "rate", unit: .eventsPerSecond)],
        .limit,
        contenders
    )

    private static let table = "copied_events"

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 50_000, quick: 2500), .scaled)
        let source = try FilledDatabase(trades, on: kind, setting)
        let query = "SELECT * FROM ledger.trade_events ORDER BY sequence"
        let rows = try CopiedRows(of: query, source.database.connection())
        guard rows.count == trades.eventCount else { throw Failure("\(rows.count) rows of \(trades.eventCount)") }

        let limit = Contender.limit { _ in
            try storing(rows, beside: source) { connection, transaction in
                try connection.copyIn("COPY \(table) FROM STDIN (FORMAT binary)", transaction)
            }
        }
        let replicator = Contender.ledger { _ in [try eventsPerSecond(source)] }
        let staged = Contender(name: "COPY into a temporary table, INSERT … ON CONFLICT") { _ in
            try storing(rows, beside: source) { connection, transaction in
                try connection.execute("CREATE TEMPORARY TABLE staged (LIKE \(table)) ON COMMIT DROP")
                try connection.copyIn("COPY staged FROM STDIN (FORMAT binary)", transaction)
                try connection.execute("INSERT INTO \(table) SELECT * FROM staged ON CONFLICT DO NOTHING")
            }
        }
        return [limit, replicator, staged] + pythonPeers(source, setting)
    }

    /// Fills an empty database with `tradeledger replicate --once`, including the start of the program.
    ///
    /// `ledger` is that of the source where it is nil.
    static func eventsPerSecond(_ source: FilledDatabase, of ledger: PreparedLedger? = nil) throws -> Double {
        let ledger = ledger ?? source.ledger
        return try source.withEmptyDatabase { database in
            let watch = Stopwatch()
            try database.replicate(ledger)
            let seconds = watch.seconds
            try database.expect(eventCount: ledger.eventCount)
            return Double(ledger.eventCount) / seconds
        }
    }

    /// Stores all rows, one transaction after the other.
    private static func storing(
        _ rows: CopiedRows,
        beside source: FilledDatabase,
        _ store: (DatabaseConnection, [UInt8]) throws -> Void
    ) throws -> [Double] {
        try source.withEmptyDatabase { database in
            try database.makeEventTable(table)
            let connection = try database.connection()
            let watch = Stopwatch()
            for transaction in rows.transactions {
                try connection.execute("BEGIN")
                try store(connection, transaction)
                try connection.execute("COMMIT")
            }
            let seconds = watch.seconds
            guard try connection.rows("SELECT count(*) FROM \(table)") == [["\(rows.count)"]] else {
                throw Failure("not all rows were stored")
            }
            return [Double(rows.count) / seconds]
        }
    }

    private static func pythonPeers(_ source: FilledDatabase, _ setting: Setting) -> [Contender] {
        guard let peers = setting.peers else {
            Program.say("there is no Python with psycopg and SQLAlchemy: both are left out")
            return []
        }
        let commitCount = setting.count(full: 2000, quick: 200)
        let methods: [(String, PythonPeers.Method, Int)] = [
            ("psycopg 3, COPY", .copy, source.ledger.eventCount), ("SQLAlchemy, a commit a trade", .orm, commitCount),
        ]
        return methods.map { name, method, count in
            Contender(name: name) { directory in
                try source.withEmptyDatabase { database in
                    try database.makeEventTable(table)
                    let (from, into) = (source.database.url, database.url)
                    return [try peers.rowsPerSecond(method, count, from: from, into: into, in: directory)]
                }
            }
        }
    }
}

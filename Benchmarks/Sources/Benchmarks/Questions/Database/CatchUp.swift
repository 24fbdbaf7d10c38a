/// How many events a second reach an empty database, and what other ways to store the same rows do.
///
/// The limit copies rows that are ready made into a table like that of the events, with nothing else to maintain.
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
        let tradeCount = setting.count(full: 50_000, quick: 2500)
        let ledger = try PreparedLedger(ManyTrades(tradeCount, .scaled), in: setting.scratch.directory("ledger"))
        let server = try setting.servers.start(kind, setting)
        let source = try TradeDatabase("source", on: server, kind, setting)
        try source.fill(from: ledger)
        let rows = try CopiedRows(of: "SELECT * FROM ledger.trade_events ORDER BY sequence", source.connection())
        guard rows.count == ledger.eventCount else { throw Failure("\(rows.count) rows of \(ledger.eventCount)") }

        let limit = Contender.limit { _ in
            try storing(rows, on: server, kind, setting) { connection, transaction in
                try connection.copyIn("COPY \(table) FROM STDIN (FORMAT binary)", transaction)
            }
        }
        let replicator = Contender.ledger { _ in [try eventsPerSecond(ledger, on: server, kind, setting)] }
        let staged = Contender(name: "COPY into a temporary table, INSERT … ON CONFLICT") { _ in
            try storing(rows, on: server, kind, setting) { connection, transaction in
                try connection.execute("CREATE TEMPORARY TABLE staged (LIKE \(table)) ON COMMIT DROP")
                try connection.copyIn("COPY staged FROM STDIN (FORMAT binary)", transaction)
                try connection.execute("INSERT INTO \(table) SELECT * FROM staged ON CONFLICT DO NOTHING")
            }
        }
        return [limit, replicator, staged] + pythonPeers(source, rowCount: rows.count, server, kind, setting)
    }

    /// Lets `tradeledger replicate --once` fill an empty database; the start of the program is on the clock.
    static func eventsPerSecond(
        _ ledger: PreparedLedger,
        on server: DatabaseServer,
        _ kind: DatabaseKind,
        _ setting: Setting
    ) throws -> Double {
        try TradeDatabase.once("turn", on: server, kind, setting) { database in
            let watch = Stopwatch()
            try database.replicate(ledger)
            let seconds = watch.seconds
            try database.expect(eventCount: ledger.eventCount)
            return Double(ledger.eventCount) / seconds
        }
    }

    /// Stores all rows, a transaction after the other.
    private static func storing(
        _ rows: CopiedRows,
        on server: DatabaseServer,
        _ kind: DatabaseKind,
        _ setting: Setting,
        _ store: (DatabaseConnection, [UInt8]) throws -> Void
    ) throws -> [Double] {
        try TradeDatabase.once("turn", on: server, kind, setting) { database in
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

    private static func pythonPeers(
        _ source: TradeDatabase,
        rowCount: Int,
        _ server: DatabaseServer,
        _ kind: DatabaseKind,
        _ setting: Setting
    ) -> [Contender] {
        guard let peers = setting.peers else {
            Program.say("there is no Python with psycopg and SQLAlchemy: both are left out")
            return []
        }
        let commitCount = setting.count(full: 2000, quick: 200)
        let methods: [(String, PythonPeers.Method, Int)] = [
            ("psycopg 3, COPY", .copy, rowCount), ("SQLAlchemy, a commit a trade", .orm, commitCount),
        ]
        return methods.map { name, method, count in
            Contender(name: name) { directory in
                try TradeDatabase.once("turn", on: server, kind, setting) { database in
                    try database.makeEventTable(table)
                    return [
                        try peers.rowsPerSecond(method, count, from: source.url, into: database.url, in: directory)
                    ]
                }
            }
        }
    }
}

/// How many events a second `tradeledger rebuild` folds anew, beside the replicator that brings them all.
enum Rebuild {
    static let questions = Question.ofEachKind(
        "rebuild",
        "`tradeledger rebuild`, beside a catch-up as the limit",
        [Metric(name: "rate", unit: .eventsPerSecond)],
        .limit,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 50_000, quick: 2500), .scaled)
        let ledger = try PreparedLedger(trades, in: setting.scratch.directory("ledger"))
        let server = try setting.servers.start(kind, setting)
        let database = try TradeDatabase("trades", on: server, kind, setting)
        try database.fill(from: ledger)

        let catchUp = Contender.limit { _ in [try CatchUp.eventsPerSecond(ledger, on: server, kind, setting)] }
        let nothingThere = Contender.ledger(", no trade there") { _ in
            try database.connection().execute("TRUNCATE ledger.trades, ledger.performance")
            return try rebuilt(ledger, trades, in: database, setting)
        }
        let nothingWrong = Contender.ledger(", no trade wrong") { _ in
            try rebuilt(ledger, trades, in: database, setting)
        }
        return [catchUp, nothingThere, nothingWrong]
    }

    private static func rebuilt(
        _ ledger: PreparedLedger,
        _ trades: ManyTrades,
        in database: TradeDatabase,
        _ setting: Setting
    ) throws -> [Double] {
        let arguments = ["rebuild", "--quiet", "--ledger", ledger.directory, "--database", database.url]
        let watch = Stopwatch()
        try ChildProgram.run([setting.programPath] + arguments)
        let seconds = watch.seconds
        guard try database.connection().rows("SELECT count(*) FROM ledger.trades") == [["\(trades.tradeCount)"]] else {
            throw Failure("not all trades are there behind a rebuild")
        }
        return [Double(ledger.eventCount) / seconds]
    }
}

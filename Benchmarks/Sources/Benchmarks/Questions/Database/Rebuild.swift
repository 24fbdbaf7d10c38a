/// The events per second that `tradeledger rebuild` folds, compared with a catch-up.
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
        let filled = try FilledDatabase(trades, on: kind, setting)

        let catchUp = Contender.limit { _ in [try CatchUp.eventsPerSecond(filled)] }
        let nothingThere = Contender.ledger(", no trade there") { _ in
            try filled.database.connection().execute("TRUNCATE ledger.trades, ledger.performance")
            return [try eventsPerSecond(filled, setting)]
        }
        let nothingWrong = Contender.ledger(", no trade wrong") { _ in [try eventsPerSecond(filled, setting)] }
        return [catchUp, nothingThere, nothingWrong]
    }

    private static func eventsPerSecond(_ filled: FilledDatabase, _ setting: Setting) throws -> Double {
        let (ledger, database) = (filled.ledger, filled.database)
        let arguments = ["rebuild", "--quiet", "--ledger", ledger.directory, "--database", database.url]
        let watch = Stopwatch()
        try ChildProgram.run([setting.programPath] + arguments)
        let seconds = watch.seconds
        let count = try database.connection().rows("SELECT count(*) FROM ledger.trades")
        guard count == [["\(filled.trades.tradeCount)"]] else {
            throw Failure("not all trades are there behind a rebuild")
        }
        return Double(ledger.eventCount) / seconds
    }
}

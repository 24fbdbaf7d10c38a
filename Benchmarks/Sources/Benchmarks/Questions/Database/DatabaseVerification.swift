/// The events per second that `tradeledger verify` compares with a database, with and without the check of the log.
enum DatabaseVerification {
    static let questions = Question.ofEachKind(
        "verify-database",
        "`tradeledger verify` with a database, all of it right",
        ["log alone", "log and database", "what the database adds"].map { Metric(name: $0, unit: .eventsPerSecond) },
        .none,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 250_000, quick: 2500), .scaled)
        let filled = try FilledDatabase(trades, on: kind, setting)
        let (ledger, url) = (filled.ledger, filled.database.url)
        let verify = [setting.programPath, "verify", "--quiet", "--ledger", ledger.directory, "--database", url]

        return [
            .ledger { _ in
                let local = try seconds(verify + ["--local"])
                let both = try seconds(verify)
                // Never below the resolution of the clock, even if noise exceeds the work.
                return [local, both, max(both - local, 0.001)].map { Double(ledger.eventCount) / $0 }
            }
        ]
    }

    private static func seconds(_ arguments: [String]) throws -> Double {
        let watch = Stopwatch()
        try ChildProgram.run(arguments)
        return watch.seconds
    }
}

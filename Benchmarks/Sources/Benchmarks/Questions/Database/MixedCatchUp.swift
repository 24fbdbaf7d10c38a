/// The events per second that reach an empty database where they are of all families, compared with trades alone.
enum MixedCatchUp {
    static let questions = Question.ofEachKind(
        "mixed-catch-up",
        "trades alone, and events of all families, into an empty database",
        [Metric(name: "rate", unit: .eventsPerSecond)],
        .limit,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 50_000, quick: 2500), .scaled)
        let source = try FilledDatabase(trades, on: kind, setting)
        let eventCount = source.ledger.eventCount
        let mixes: [(name: String, families: [FamilyEvents])] = [
            ("trades with all their reasons", [.loops]),
            ("orders, deposits and prices", [.endedOrders, .deposits, .prices]),
        ]
        let alone = Contender(name: "trades alone") { _ in [try CatchUp.eventsPerSecond(source)] }
        return try [alone]
            + mixes.enumerated().map { number, mix in
                let drafts = try mix.families.flatMap { try $0.drafts(eventCount / mix.families.count) }
                let ledger = try PreparedLedger(drafts, in: setting.scratch.directory("mixed-\(number)"))
                return Contender(name: mix.name) { _ in [try CatchUp.eventsPerSecond(source, of: ledger)] }
            }
    }
}

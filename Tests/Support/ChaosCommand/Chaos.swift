internal import LedgerTestSupport
internal import Postgres
internal import PostgresTestSupport

/// A run: ledgers under load and a pair of servers, with random faults for as long as the plan says, and then a check
/// that every acknowledged event is in log and database exactly once.
final class Chaos {
    /// The results of a run.
    struct Summary {
        let text: String
        let failures: [String]
    }

    private static let ledgerCount = 3

    private let plan: ChaosPlan
    private let timeline: Timeline
    private let promises = BrokenPromises()
    private let servers: ServerPair
    private let ledgers: [LoadedLedger]

    /// Creates servers and ledgers; nothing is under load yet.
    init(_ plan: ChaosPlan, _ timeline: Timeline) throws {
        (self.plan, self.timeline) = (plan, timeline)
        timeline.tell("seed \(plan.seed), \(plan.minutes) minutes")
        let servers = try ServerPair(plan.isPlain ? .plain : .timescaledb)
        ledgers = try (1...Self.ledgerCount).map { [promises] number in
            try LoadedLedger(number, url: servers.proxiedURL, seed: plan.seed &* 100 &+ UInt64(number), promises)
        }
        try ledgers[0].migrate(url: servers.url)
        self.servers = servers
        timeline.tell(try servers.description())
        let directories = [servers.primary.directory, servers.standby.directory] + ledgers.map(\.directory.path)
        timeline.tell("servers and ledgers are in \(directories.joined(separator: " "))")
    }

    /// Performs the run, and always removes everything that it created.
    func run() throws -> Summary {
        for ledger in ledgers { ledger.start() }
        var injector = FaultInjector(servers, ledgers, timeline, seed: plan.seed)
        do {
            let end = timeline.elapsed + .seconds(plan.minutes * 60)
            while timeline.elapsed < end && promises.all.isEmpty { try injector.act() }
            timeline.tell("everything is healed")
            servers.heal()
            for ledger in ledgers { ledger.stopAppending() }
            try waitUntilShipped()
        } catch {
            servers.heal()
            for ledger in ledgers { ledger.stopAppending() }
            for ledger in ledgers { ledger.stopReplicating() }
            throw error
        }
        for ledger in ledgers { ledger.stopReplicating() }
        let verdicts = try ledgers.map(verify)
        return try summary(injector.counts, verdicts)
    }

    /// Waits until the database has every acknowledged event, as long as it makes progress.
    private func waitUntilShipped() throws {
        var last: UInt64 = 0
        var standstillCount = 0
        while true {
            let shipped = try ledgers.map { try shippedCount($0) }
            if zip(ledgers, shipped).allSatisfy({ $0.appender.acknowledgedCount == $1 }) { return }
            let sum = shipped.reduce(0, +)
            standstillCount = sum == last ? standstillCount + 1 : 0
            last = sum
            guard standstillCount < 600 else {
                for ledger in ledgers {
                    promises.note("\(ledger.name) is not shipped any more: \(ledger.replicator.messages)")
                }
                return
            }
            try timeline.pass(milliseconds: 100)
        }
    }

    private func shippedCount(_ ledger: LoadedLedger) throws -> UInt64 {
        var connection = try servers.connect()
        let rows = try connection.query(
            "SELECT last_sequence FROM ledger.replication WHERE ledger_id = $1",
            [.text(try ledger.id)]
        )
        guard rows.rowCount == 1 else { return 0 }
        return try rows.int64(row: 0, column: 0).map { UInt64($0) } ?? 0
    }

    private func verify(_ ledger: LoadedLedger) throws -> String {
        timeline.tell("verify \(ledger.name)")
        let outcome = try ledger.run(["verify", "--format", "json"], url: servers.url)
        let shipped = try shippedCount(ledger)
        let acknowledged = ledger.appender.acknowledgedCount
        if outcome.ending != .exit(0) { promises.note("\(ledger.name): \(outcome.stdout)\(outcome.stderr)") }
        if try ledger.eventCount() != acknowledged || shipped != acknowledged {
            promises.note(
                "\(ledger.name): \(acknowledged) events were acknowledged, the log has \(try ledger.eventCount()), "
                    + "the database \(shipped)"
            )
        }
        return "\(ledger.name): \(acknowledged) events acknowledged, replicate started "
            + "\(ledger.replicator.startCount) times, verify --database "
            + (outcome.ending == .exit(0) ? "equal" : "different")
    }

    private func summary(_ counts: [ChaosAction: Int], _ verdicts: [String]) throws -> Summary {
        let actions = ChaosAction.allCases.filter { counts[$0] != nil }.map {
            "\($0.rawValue) \(counts[$0, default: 0])"
        }
        let failures = promises.all
        let lines =
            [
                "seed \(plan.seed), \(timeline.elapsed.components.seconds) s, \(try servers.description())",
                "\(counts.values.reduce(0, +)) actions: \(actions.joined(separator: ", "))",
            ] + verdicts + failures.map { "BROKEN: \($0)" }
            + [failures.isEmpty ? "every promise was kept" : "\(failures.count) promises were broken"]
        return Summary(text: lines.joined(separator: "\n") + "\n", failures: failures)
    }
}

internal import Glibc
internal import LedgerTestSupport
internal import Postgres
internal import PostgresTestSupport

/// Performs one action after the other on the servers and the ledgers.
///
/// It undoes each before the next, except for network faults that wait for their step.
struct FaultInjector {
    private let servers: ServerPair
    private let ledgers: [LoadedLedger]
    private let timeline: Timeline
    private var random: SeededGenerator
    private(set) var counts: [ChaosAction: Int] = [:]

    private static let calmMilliseconds: UInt64 = 1200
    private static let holdMilliseconds: UInt64 = 2500
    private static let deadlock = "40P01"
    private static let tables = ["trade_events", "trades", "replication", "checkpoints"]

    init(_ servers: ServerPair, _ ledgers: [LoadedLedger], _ timeline: Timeline, seed: UInt64) {
        (self.servers, self.ledgers, self.timeline) = (servers, ledgers, timeline)
        random = SeededGenerator(seed: seed)
    }

    /// Performs the next action.
    mutating func act() throws {
        let action = ChaosAction.random(&random)
        // Drawn even if it is not needed, so that later draws do not depend on the state of the run.
        let ledger = ledgers[Int(random.next(below: UInt64(ledgers.count)))]
        let step = ChaosAction.steps[Int(random.next(below: UInt64(ChaosAction.steps.count)))]
        let table = Self.tables[Int(random.next(below: UInt64(Self.tables.count)))]
        let hold = Int(random.next(below: Self.holdMilliseconds))
        let calm = Int(random.next(below: Self.calmMilliseconds))
        guard action != .restore || servers.hasBackup else { return }
        counts[action, default: 0] += 1
        tell(action, ledger, step, table, hold)
        do {
            try perform(action, ledger, step, table) { try timeline.pass(milliseconds: hold) }
        } catch let error as PostgresError where error.sqlState == Self.deadlock {
            timeline.tell("the action was the victim of a deadlock, and did not happen")
        }
        try timeline.pass(milliseconds: calm)
    }

    private func tell(_ action: ChaosAction, _ ledger: LoadedLedger, _ step: ProtocolStep, _ table: String, _ hold: Int)
    {
        let detail: String
        switch action {
        case .killReplicator, .stopReplicator, .freezeReplicator, .secondReplicator, .killAppender, .freezeAppender:
            detail = " of \(ledger.name)"
        case .cutAtStep, .stallAtStep: detail = " \(step)"
        case .lockTable: detail = " ledger.\(table)"
        default: detail = ""
        }
        timeline.tell("\(action.rawValue)\(detail), \(hold) ms")
    }

    private func perform(
        _ action: ChaosAction,
        _ ledger: LoadedLedger,
        _ step: ProtocolStep,
        _ table: String,
        hold: () throws -> Void
    ) throws {
        let server = servers.primary
        switch action {
        case .killServer: try during(server.kill, hold, server.start)
        case .stopServer: try during({ try server.stop(.fast) }, hold, server.start)
        case .crashServer: try during({ try server.stop(.immediate) }, hold, server.start)
        case .freezeServer: try during(server.freeze, hold, server.thaw)
        case .killReplicator: ledger.replicator.send(SIGKILL)
        case .stopReplicator: ledger.replicator.send(SIGTERM)
        case .freezeReplicator:
            try during({ ledger.replicator.send(SIGSTOP) }, hold, { ledger.replicator.send(SIGCONT) })
        case .secondReplicator: try ledger.replicateTwice(url: servers.proxiedURL, hold)
        case .killAppender: ledger.appender.send(SIGKILL)
        case .freezeAppender: try during({ ledger.appender.send(SIGSTOP) }, hold, { ledger.appender.send(SIGCONT) })
        case .cutAtStep: servers.primaryProxy.arm(.cut, step, sessionCount: 2)
        case .stallAtStep: try during({ servers.primaryProxy.arm(.stall, step) }, hold, servers.heal)
        case .cutAll: servers.primaryProxy.cut()
        case .refuse: try during(servers.primaryProxy.refuse, hold, servers.heal)
        case .swallow: try during(servers.primaryProxy.swallow, hold, servers.heal)
        case .delay: try during({ servers.primaryProxy.delay(milliseconds: 20) }, hold, servers.heal)
        case .endSessions: try endSessions()
        case .lockTable:
            var connection = try servers.connect()
            try connection.execute("BEGIN; LOCK TABLE ledger.\(table) IN ACCESS EXCLUSIVE MODE")
            try hold()
            try connection.execute("COMMIT")
        case .backUp: try servers.backUp()
        case .restore: try servers.restore()
        case .truncate:
            var connection = try servers.connect()
            try connection.execute("TRUNCATE " + Self.tables.map { "ledger.\($0)" }.joined(separator: ", "))
        case .dropDatabase:
            try server.server.dropDatabase(ServerPair.database)
            try hold()
            try server.server.makeDatabase(ServerPair.database)
            try ledger.migrate(url: servers.url)
        case .promote: try servers.promote(missing: hold)
        }
    }

    /// Starts something, lets time pass, and ends it, also if the run is interrupted.
    private func during(_ begin: () throws -> Void, _ hold: () throws -> Void, _ end: () throws -> Void) throws {
        try begin()
        do { try hold() } catch {
            try end()
            throw error
        }
        try end()
    }

    private func endSessions() throws {
        var connection = try servers.connect()
        try connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                + "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    }
}

import Ledger
import LedgerService
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

@Suite(.onOwnThread) struct `Replication as a task of the service` {
    private let directory = TemporaryDirectory()
    private let lines = Lock<[LogLine]>([])
    private let supervisor = Supervisor { _ in }

    private static func opened(_ trade: String) -> EventLine {
        let text = """
            {"type":"trade.opened","trade_id":"\(trade)","occurred_at":"2026-01-02T03:04:05Z","symbol":"BTC/USDT",\
            "side":"buy","order_type":"market","amount":"1","price":"2"}
            """
        return EventLine(Array(text.utf8))
    }

    /// Starts the task for a new ledger with an event.
    private func start(_ url: String, pause: RestartPause = RestartPause()) throws -> Ledger {
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        for outcome in ledger.append(lines: [Self.opened("a")]) { _ = try outcome.get() }
        let address = DatabaseAddress(url: url, password: nil)
        let task = ReplicationTask(try LedgerReader(opening: directory.path), address) { line in
            lines.withLock { $0.append(line) }
        }
        try supervisor.start(ReplicationTask.name, pause: pause, task.run)
        return ledger
    }

    private var status: TaskStatus { supervisor.statuses[0] }

    @Test func `waits for a database that refuses connections`() throws {
        _ = try start("postgresql://127.0.0.1:1/none?user=nobody")
        try waitUntil("it waits") { status.state == .waiting }
        #expect(try #require(status.reason).contains("cannot be reached"))
        #expect(status.failureCount == 0)
        let ledgerID = try LedgerReader(opening: directory.path).ledgerID
        #expect(lines.withLock { $0 }.allSatisfy { $0.ledgerID == ledgerID })
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        #expect(status.state == .stopped)
    }

    @Test func `ends at once beside a database that accepts connections and never answers`() throws {
        let server = try SilentListener()
        let ledger = try start("postgresql://127.0.0.1:\(server.port)/none?user=nobody&connect_timeout=3600")
        server.waitForClient()
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        #expect(status.state == .stopped)
        #expect(try ledger.append(lines: [Self.opened("b")])[0].get().sequence == 2)
    }

    @Test(.needsServer, arguments: TestServer.all)
    func `says that a database was not migrated, and ships once it was`(server: TestServer) throws {
        try server.withDatabase { url in
            _ = try start(url, pause: RestartPause(firstMilliseconds: 50, longestMilliseconds: 50))
            try waitUntil("it fails") { status.failureCount > 0 }
            try waitUntil("it shows why") { status.reason?.contains("run `tradeledger migrate`") == true }
            var migrator = Migrator(try Connection(url: url, password: nil, applicationName: "tests"))
            _ = try migrator.run()
            try waitUntil("it runs") { status.state == .running }
            try waitUntil("it ships") { lines.withLock { $0 }.contains { $0.message == "shipped up to 1 of 1" } }
            #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        }
    }
}

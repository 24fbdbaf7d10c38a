import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A proxy in front of a server` {
    private let server: TestServer
    private let proxy: DatabaseProxy

    init() throws {
        server = try #require(TestServer.all.first)
        proxy = try DatabaseProxy(to: server)
    }

    /// The outcome of a transaction that creates a table and fills it by COPY.
    private struct Attempt {
        var error: (any Error)?
        var isDone = false
    }

    private func connect(_ url: String) throws -> Connection {
        try Connection(url: url, password: nil, applicationName: "OutageTests")
    }

    /// Makes attempts, one after the other, through the proxy.
    private func attempts(_ count: Int) throws -> [Attempt] {
        var attempts: [Attempt] = []
        try server.withDatabase { url in
            for _ in 0..<count {
                var attempt = Attempt()
                do { try makeTable(proxy.url(of: url)) } catch { attempt.error = error }
                var direct = try connect(url)
                attempt.isDone = try direct.query("SELECT to_regclass('numbers')").text(row: 0, column: 0) != nil
                if attempt.isDone { try direct.execute("DROP TABLE numbers") }
                attempts.append(attempt)
            }
        }
        return attempts
    }

    private func makeTable(_ url: String) throws {
        var connection = try connect(url)
        try connection.withTransaction { connection in
            try connection.execute("CREATE TABLE numbers (number bigint)")
            _ = try connection.copyIn("COPY numbers FROM STDIN (FORMAT binary)") { copy in
                for number in 0..<10_000 as Range<Int64> { try copy.writeRow { $0.append(int64: number) } }
            }
        }
    }

    @Test func `passes everything on unless a fault is armed`() throws {
        let attempts = try attempts(1)
        #expect(attempts[0].error == nil && attempts[0].isDone)
        #expect(proxy.faultCount == 0)
    }

    @Test(
        arguments: [
            .connect, .login, .sending("BEGIN"), .executed("BEGIN"), .answered("BEGIN"), .answered("CREATE TABLE"),
            .sending("COPY"), .copying(byteCount: 0), .copying(byteCount: 50_000), .copied, .sending("COMMIT"),
            .executed("COMMIT"), .answered("COMMIT"),
        ] as [ProtocolStep]
    )
    func `cuts once, at the step`(step: ProtocolStep) throws {
        proxy.arm(.cut, step)
        let attempts = try attempts(2)
        #expect(proxy.faultCount == 1)
        // After the answer to COMMIT nothing is left that could fail.
        #expect((attempts[0].error == nil) == (step == .answered("COMMIT")))
        #expect(attempts[0].isDone == [.executed("COMMIT"), .answered("COMMIT")].contains(step))
        #expect(attempts[1].error == nil && attempts[1].isDone)
    }

    @Test func `holds a session at the step until it is healed`() throws {
        proxy.arm(.stall, .executed("SELECT 1"))
        var connection = try connect(proxy.server.url)
        let proxy = proxy
        let healer = TestThread {
            do { try proxy.waitForFaults(1) } catch { Issue.record(error) }
            proxy.heal()
        }
        let result = try connection.query("SELECT 1")
        healer.join()
        #expect(result.text(row: 0, column: 0) == "1")
    }

    @Test func `refuses, drops, delays, and heals`() throws {
        proxy.refuse()
        #expect(throws: PostgresError.self) { _ = try connect(proxy.server.url) }
        proxy.heal()
        _ = try connect(proxy.server.url)
        proxy.swallow()
        #expect(throws: PostgresError.self) { _ = try connect(proxy.server.url + "?connect_timeout=1") }
        proxy.heal()
        proxy.delay(milliseconds: 20)
        let start = ContinuousClock.now
        _ = try connect(proxy.server.url)
        #expect(ContinuousClock.now - start > .milliseconds(40))
    }
}

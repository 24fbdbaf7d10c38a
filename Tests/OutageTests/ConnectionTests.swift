import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A connection that fails` {
    private static let steps: [ProtocolStep] = [
        .connect, .login, .sending("BEGIN"), .executed("BEGIN"), .answered("BEGIN"), .sending("FOR UPDATE"),
        .executed("FOR UPDATE"), .answered("FOR UPDATE"), .sending("COPY ledger.trade_events"),
        .executed("CREATE TEMPORARY TABLE"), .copying(byteCount: 0), .copying(byteCount: 1), .copying(byteCount: 4000),
        .copied, .sending("UPDATE ledger.replication"), .executed("INSERT INTO ledger.checkpoints"),
        .sending("COMMIT"), .executed("COMMIT"), .answered("COMMIT"),
    ]

    @Test(arguments: TestServer.all)
    func `at any step of the protocol makes no duplicate and no gap`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 101) { ledger in
            try ledger.replicating(by: proxy.url(of: ledger.databaseURL)) { replicate in
                try replicate.waitForMessage("connected")
                for (index, step) in Self.steps.enumerated() {
                    proxy.arm(.cut, step)
                    // The next session reaches a step at the start of a session.
                    if [.connect, .login, .executed("CREATE TEMPORARY TABLE")].contains(step) { proxy.cut() }
                    try ledger.append(40)
                    try proxy.waitForFaults(index + 1)
                    try ledger.append(40)
                    try ledger.waitUntilShipped()
                    let count = try ledger.value("SELECT count(*) FROM ledger.trade_events")
                    #expect(count == "\(ledger.eventCount)", "\(step)")
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `over and over during COMMIT makes no duplicate and no gap`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 102) { ledger in
            try ledger.append(3000)
            proxy.arm(.cut, .executed("COMMIT"), sessionCount: 3)
            try ledger.replicating(by: proxy.url(of: ledger.databaseURL)) { replicate in
                try proxy.waitForFaults(3)
                try ledger.append(100)
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `by falling silent continues once it is healed`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 103) { ledger in
            try ledger.replicating(by: proxy.url(of: ledger.databaseURL)) { replicate in
                let steps = [.copying(byteCount: 3000), .sending("COMMIT"), .executed("COMMIT")] as [ProtocolStep]
                for (index, step) in steps.enumerated() {
                    proxy.arm(.stall, step)
                    try ledger.append(50)
                    try proxy.waitForFaults(index + 1)
                    try ledger.append(50)
                    proxy.heal()
                    try ledger.waitUntilShipped()
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `by being slow or refused only delays`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 104) { ledger in
            try ledger.replicating(by: proxy.url(of: ledger.databaseURL)) { replicate in
                proxy.refuse()
                try replicate.waitForRetry()
                try ledger.append(100)
                proxy.heal()
                try ledger.waitUntilShipped()
                proxy.delay(milliseconds: 10)
                for _ in 0..<3 { try ledger.append(100) }
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}

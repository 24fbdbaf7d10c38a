import Foundation
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread) struct `An outage of many events` {
    /// The memory that `replicate` needs for itself, in a debug build too, and per event of the history.
    private static let memoryKibibytes = (fixed: 150 << 10, per1024Events: 32)

    @Test(.timeLimit(.minutes(30)), arguments: TestServer.all)
    func `is caught up in bounded memory`(server: TestServer) throws {
        try catchUp(server, 30_000, withinSeconds: 120)
    }

    @Test(.isLong, .timeLimit(.minutes(60)), arguments: TestServer.all)
    func `of five million is caught up in bounded memory, with a progress line`(
        server: TestServer
    ) throws {
        let messages = try catchUp(server, 5_000_000, withinSeconds: 3000)
        #expect(messages.contains { $0.contains("catching up: ") }, "\(messages)")
    }

    @discardableResult
    private func catchUp(_ server: TestServer, _ eventCount: Int, withinSeconds seconds: Int) throws -> [String] {
        let proxy = try DatabaseProxy(to: server)
        var messages: [String] = []
        try OutageLedger.with(server, seed: 191) { ledger in
            let replicate = try RunningReplicate(ledger, proxy.url(of: ledger.databaseURL), logLevel: "info")
            try ledger.append(100)
            try ledger.waitUntilShipped()
            proxy.refuse()
            try replicate.waitForMessage("trying again")
            while ledger.eventCount < eventCount { try ledger.append(1000) }
            proxy.heal()
            try ledger.waitUntilShipped(withinSeconds: seconds)
            let limit = Self.memoryKibibytes.fixed + Self.memoryKibibytes.per1024Events * eventCount / 1024
            #expect(try replicate.peakKibibytes < limit)
            try replicate.stop()
            messages = replicate.messages
            try ledger.expectEqual()
        }
        return messages
    }
}

@Suite(.needsServer, .serialized, .onOwnThread, .isLong) struct `An outage of minutes` {
    @Test(.timeLimit(.minutes(30)), arguments: TestServer.all)
    func `of a locked table is waited for`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 192) { ledger in
            try ledger.replicating { replicate in
                try replicate.waitForMessage("connected")
                var other = try ledger.connect()
                try other.execute("BEGIN; LOCK TABLE ledger.trade_events IN SHARE MODE")
                let end = ContinuousClock.now + .seconds(120)
                while ContinuousClock.now < end {
                    try ledger.append(100)
                    // After five seconds each time.
                    try replicate.waitForMessage("SQLSTATE 55P03")
                    #expect(try ledger.value("SELECT count(*) FROM trade_history") == "0")
                }
                try other.execute("COMMIT")
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: TestServer.all)
    func `in which the network drops everything is noticed, and waited for`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 193) { ledger in
            try ledger.replicating(by: proxy.url(of: ledger.databaseURL)) { replicate in
                try replicate.waitForMessage("connected")
                proxy.arm(.stall, .executed("COMMIT"))
                try ledger.append(100)
                try proxy.waitForFaults(1)
                proxy.swallow()
                try replicate.waitForMessage("has not answered for 60 s")
                try ledger.append(100)
                proxy.heal()
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    /// Nothing closes the connection of the lost replicator, which holds the lock on the ledger's row.
    ///
    /// It is lost between two statements. During a statement, a server that is reached over TCP notices the loss by its
    /// keepalives, which the Unix sockets of this test do not have.
    @Test(.timeLimit(.minutes(30)), arguments: TestServer.all)
    func `in which a machine is lost ends by itself for the next machine`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 194) { ledger in
            try ledger.loseReplicator(behind: proxy, at: .answered("FOR UPDATE"))
            try ledger.replicating { replicate in
                try replicate.waitForMessage("trying again")
                try ledger.append(100)
                try ledger.waitUntilShipped(withinSeconds: 120)
            }
            try ledger.expectEqual()
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: ServerKind.tested)
    func `of a server that is frozen is noticed, and waited for`(kind: ServerKind) throws {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 195) { ledger in
                try ledger.append(100)
                try ledger.replicating { replicate in
                    try ledger.waitUntilShipped()
                    try server.freeze()
                    try ledger.append(100)
                    try replicate.waitForMessage("has not answered for 60 s")
                    try ledger.append(100)
                    try server.thaw()
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs a test of minutes only with `--long`.
    fileprivate static var isLong: Self {
        .enabled(
            if: ProcessInfo.processInfo.environment["TRADELEDGER_TEST_LONG"] == "1",
            "it takes minutes; see tools/test --long"
        )
    }
}

import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `An operator` {
    @Test(arguments: TestServer.all)
    func `sees what is wrong and since when, without a flood of messages`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 181) { ledger in
            let replicate = try RunningReplicate(ledger, proxy.url(of: ledger.databaseURL), logLevel: "info")
            try ledger.append(100)
            try ledger.waitUntilShipped()
            try waitUntil("status says that all is well") {
                try ledger.status().contains(#""state":"caught up""#)
            }
            proxy.arm(.cut, .connect, sessionCount: 6)
            proxy.cut()
            try proxy.waitForFaults(6)
            try ledger.append(100)
            let status = try ledger.status()
            #expect(status.contains(#""state":"waiting","since":"2"#), "\(status)")
            #expect(status.contains(#""error":"database"#), "\(status)")
            #expect(status.contains("the replicator has been waiting since"), "\(status)")
            try ledger.waitUntilShipped()
            try waitUntil("status says that all is well again") {
                try ledger.status().contains(#""state":"caught up""#)
            }
            try replicate.stop()
            // The connection, one message per kind of fault, and the end of the outage.
            let durability = replicate.messages.filter { $0.contains("a loss of power") }
            #expect(replicate.messages.count - durability.count < 6, "\(replicate.messages)")
            // A weak setting of the server is reported once, after any number of connections.
            #expect(Set(durability).count == durability.count, "\(durability)")
            #expect(replicate.messages.contains { $0.contains("replication continues after") }, "\(replicate.messages)")
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `sees that the replicator was killed`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 182) { ledger in
            let replicate = try RunningReplicate(ledger, ledger.databaseURL)
            try replicate.waitForMessage("connected")
            try replicate.kill()
            let status = try ledger.status()
            #expect(status.contains(#""state":"not running""#), "\(status)")
            #expect(status.contains("the replicator is not running"), "\(status)")
        }
    }

    /// The network between the two is gone; the server does not notice, and keeps the lock on the ledger's row.
    @Test(arguments: TestServer.all)
    func `sees which session blocks another machine`(server: TestServer) throws {
        let proxy = try DatabaseProxy(to: server)
        try OutageLedger.with(server, seed: 183) { ledger in
            try ledger.loseReplicator(behind: proxy, at: .sending("COMMIT"))
            try ledger.replicating { replicate in
                let message = try replicate.waitForMessage("trying again")
                #expect(message.contains("SQLSTATE 55P03") && message.contains("tradeledger replicate"), "\(message)")
                try ledger.append(100)
                // The server gives up on the lost machine by itself after a while, or as here.
                proxy.cut()
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}

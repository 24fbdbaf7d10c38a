import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `Several replicators` {
    @Test(arguments: TestServer.all) func `of eight ledgers ship into one database at once`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let ledgers = try (0..<8).map { try OutageLedger(databaseURL: url, seed: 150 + UInt64($0)) }
            let replicates = try ledgers.map { ledger in
                try ledger.append(500)
                return try RunningReplicate(ledger, url)
            }
            for _ in 0..<5 { for ledger in ledgers { try ledger.append(100) } }
            for ledger in ledgers { try ledger.waitUntilShipped() }
            for replicate in replicates { try replicate.stop() }
            for ledger in ledgers { try ledger.expectEqual() }
            #expect(try ledgers[0].value("SELECT count(*) FROM ledger.trade_events") == "8000")
            #expect(try ledgers[0].value("SELECT count(DISTINCT ledger_number) FROM ledger.replication") == "8")
        }
    }

    @Test(arguments: TestServer.all) func `of eight ledgers continue while a ninth is rebuilt`(
        server: TestServer
    ) throws {
        try server.withMigratedDatabase { url in
            let ledgers = try (0..<9).map { try OutageLedger(databaseURL: url, seed: 170 + UInt64($0)) }
            let (rebuilt, others) = (ledgers[0], ledgers[1...])
            try rebuilt.append(3000)
            try rebuilt.run(["replicate", "--once"])
            let trades = "FROM trade_history WHERE ledger_id = '\(rebuilt.id)'"
            let count = try rebuilt.value("SELECT count(*) \(trades)")
            let replicates = try others.map { try RunningReplicate($0, url) }
            for round in 0..<3 {
                try rebuilt.execute("UPDATE ledger.trades SET reason = 'wrong' WHERE ledger_id = '\(rebuilt.id)'")
                let rebuild = try rebuilt.start(["rebuild"], url: url)
                for ledger in others {
                    try ledger.append(100)
                    #expect(try ledger.value("SELECT count(*) \(trades)") == count)
                }
                for ledger in others { try ledger.waitUntilShipped() }
                let outcome = try rebuild.finish()
                #expect(outcome.ending == .exit(0), "round \(round): \(outcome.stderr)")
                #expect(try rebuilt.value("SELECT count(*) \(trades) AND reason = 'wrong'") == "0")
            }
            for replicate in replicates { try replicate.stop() }
            for ledger in ledgers { try ledger.expectEqual() }
        }
    }

    @Test(arguments: TestServer.all) func `of one ledger do not disturb each other`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 160) { ledger in
            try ledger.append(500)
            try ledger.replicating { _ in
                try ledger.replicating { _ in
                    for _ in 0..<10 { try ledger.append(100) }
                    try ledger.waitUntilShipped()
                }
                try ledger.append(100)
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `that are killed one after the other lose nothing`(server: TestServer) throws
    {
        try OutageLedger.with(server, seed: 161) { ledger in
            for _ in 0..<5 {
                let replicate = try RunningReplicate(ledger, ledger.databaseURL)
                try ledger.append(1000)
                try replicate.waitForMessage("connected")
                try replicate.kill()
            }
            try ledger.replicating { _ in try ledger.waitUntilShipped() }
            try ledger.expectEqual()
        }
    }
}

import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(3))) struct `A database that lost what it had` {
    @Test(arguments: TestServer.all) func `by pg_dump and restore gets it again`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 131) { ledger in
            try ledger.append(300)
            try ledger.replicating { _ in try ledger.waitUntilShipped() }
            let dump = try DatabaseDump(TestServer.databaseName(in: ledger.databaseURL), of: server)
            try ledger.append(300)
            try ledger.replicating { _ in try ledger.waitUntilShipped() }
            try dump.restore()
            #expect(try ledger.value("SELECT last_sequence FROM ledger.replication") == "300")
            try ledger.append(300)
            try ledger.replicating { _ in try ledger.waitUntilShipped() }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `by TRUNCATE gets it again`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 132) { ledger in
            try ledger.replicating { _ in
                for _ in 0..<3 {
                    try ledger.append(300)
                    try ledger.waitUntilShipped()
                    try ledger.execute(
                        "TRUNCATE ledger.trade_events, ledger.trades, ledger.checkpoints, ledger.replication"
                    )
                    try ledger.append(10)
                    try ledger.waitUntilShipped()
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `by being dropped and made anew gets it again`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 133) { ledger in
            let name = TestServer.databaseName(in: ledger.databaseURL)
            for _ in 0..<2 {
                try ledger.append(300)
                try ledger.replicating { _ in try ledger.waitUntilShipped() }
                try server.dropDatabase(name)
                try ledger.append(300)
                try server.makeDatabase(name)
                try ledger.migrate()
            }
            try ledger.replicating { _ in try ledger.waitUntilShipped() }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `because a standby took over that missed it gets it again`(kind: ServerKind) throws {
        let primary = try PrivateServer(kind)
        let standby = try PrivateServer(standbyOf: primary)
        try primary.server.makeDatabase("trades")
        let ledger = try OutageLedger(databaseURL: primary.server.databaseURL("trades"), seed: 134)
        try ledger.migrate()
        try ledger.append(300)
        try ledger.replicating(by: primary.url(orOf: standby, database: "trades")) { replicate in
            try ledger.waitUntilShipped()
            try standby.waitUntilLevel(with: primary)
            try standby.stopReceiving()
            try ledger.append(300)
            try ledger.waitUntilShipped()
            try primary.kill()
            try ledger.append(300)
            try replicate.waitForRetry()
            try standby.promote()
            ledger.databaseURL = standby.server.databaseURL("trades")
            try ledger.waitUntilShipped()
        }
        try ledger.expectEqual()
    }
}

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(3))) struct `A server that was set back` {
    @Test(arguments: ServerKind.tested)
    func `to a base backup gets what is missing again`(kind: ServerKind) throws {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 141) { ledger in
                try ledger.append(300)
                try ledger.replicating { replicate in
                    try ledger.waitUntilShipped()
                    try server.backUp(as: "older")
                    try ledger.append(300)
                    try ledger.waitUntilShipped()
                    try server.restore("older")
                    try ledger.append(300)
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }
}

import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A database that lost its events` {
    @Test(arguments: TestServer.all) func `by pg_dump and restore gets them again`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 131) { ledger in
            try ledger.replicating { _ in
                try ledger.append(300)
                try ledger.waitUntilShipped()
                let dump = try DatabaseDump(TestServer.databaseName(in: ledger.databaseURL), of: server)
                try ledger.append(300)
                try ledger.waitUntilShipped()
                try dump.restore()
                try ledger.append(300)
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `by TRUNCATE gets them again`(server: TestServer) throws {
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

    @Test(arguments: TestServer.all) func `by being dropped and recreated gets them again`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 133) { ledger in
            let name = TestServer.databaseName(in: ledger.databaseURL)
            try ledger.replicating { replicate in
                for _ in 0..<2 {
                    try ledger.append(300)
                    try ledger.waitUntilShipped()
                    try server.dropDatabase(name)
                    try ledger.append(300)
                    try replicate.waitForMessage("SQLSTATE 3D000")
                    try server.makeDatabase(name)
                    try ledger.migrate()
                }
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A server that was rolled back` {
    @Test(arguments: ServerKind.tested)
    func `to a base backup gets the missing events again`(kind: ServerKind) throws {
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

@Suite(.needsServer, .onOwnThread, .timeLimit(.minutes(30))) struct `A database that is being restored` {
    /// Between these two calls TimescaleDB would store new events in no chunk, where no query finds them.
    @Test(arguments: TestServer.all.filter { $0.kind == .timescaledb })
    func `gets nothing until the restore is complete`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 134) { ledger in
            try ledger.append(300)
            try ledger.execute("SELECT timescaledb_pre_restore()")
            try ledger.replicating { replicate in
                try replicate.waitForMessage("the database is being restored")
                try ledger.execute("SELECT timescaledb_post_restore()")
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}

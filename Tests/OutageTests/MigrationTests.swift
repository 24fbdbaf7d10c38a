import LedgerSchema
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A migration beside a replicator` {
    @Test(arguments: TestServer.all.filter { $0.kind == .timescaledb })
    func `that makes the hypertable hides no event`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 171) { ledger in
            // A plain table, to which the extension comes late.
            try ledger.execute("DROP EXTENSION timescaledb CASCADE")
            try ledger.execute("CREATE EXTENSION timescaledb")
            try ledger.append(100)
            try ledger.replicating { _ in
                try ledger.waitUntilShipped()
                var migration = try ledger.connect()
                try migration.execute("BEGIN")
                try migration.execute(String(decoding: Schema.timescaleDB, as: UTF8.self))
                try ledger.append(100)
                try waitUntil("the replicator waits for the table") {
                    try ledger.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"
                }
                try migration.execute("COMMIT")
                try ledger.waitUntilShipped()
            }
            #expect(try ledger.value("SELECT num_chunks FROM timescaledb_information.hypertables") == "1")
            // Which recreates what was dropped with the extension.
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }
}

import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(1))) struct `A database that is not where the log is` {
    @Test(arguments: TestServer.all)
    func `heals after it was set back to a backup`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 31)
            let tables = ["trade_events", "trades", "replication", "checkpoints"]
            try RunningReplicator.run(ledger) { replicator in
                try ledger.append(&generator, count: 700)
                replicator.waitUntilShipped(700)
                for table in tables { try ledger.execute("CREATE TABLE backup_\(table) AS TABLE ledger.\(table)") }
                try ledger.append(&generator, count: 700)
                replicator.waitUntilShipped(1400)
                try ledger.execute(
                    tables.map { "DELETE FROM ledger.\($0); INSERT INTO ledger.\($0) TABLE backup_\($0);" }.joined()
                )
                // The replicator still believes in its old position.
                try ledger.append(&generator, count: 100)
                replicator.waitUntilShipped(1500)
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is filled again after it was made anew`(server: TestServer) throws {
        let name = "anew_\(server)"
        try server.dropDatabase(name)
        defer { #expect(throws: Never.self) { try server.dropDatabase(name) } }
        let ledger = try ReplicatedLedger(databaseURL: server.databaseURL(name))
        var generator = EventGenerator(seed: 32)
        for _ in 0..<2 {
            try server.dropDatabase(name)
            let absent = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(!absent.isRetryable)
            try server.makeDatabase(name)
            try ledger.migrate()
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `and ahead of it gets nothing`(server: TestServer) throws {
        try expectDivergence(server, eventCount: 5, naming: "the database holds 10 events", copySeed: 33)
    }

    @Test(arguments: TestServer.all)
    func `because the directory was copied and went its own way gets nothing`(server: TestServer) throws {
        try expectDivergence(server, eventCount: 20, naming: "(a fork)", copySeed: 34)
    }

    private func expectDivergence(
        _ server: TestServer,
        eventCount: Int,
        naming text: String,
        copySeed: UInt64
    ) throws {
        try server.withDatabase { url in
            let original = try ReplicatedLedger(databaseURL: url)
            let copy = try ReplicatedLedger(databaseURL: url)
            try original.migrate()
            var generator = EventGenerator(seed: 33)
            try original.append(&generator, count: 10)
            try original.ship()
            generator = EventGenerator(seed: copySeed)
            try copy.append(&generator, count: eventCount)
            let error = try #require(throws: ReplicationError.self) { try copy.ship() }
            guard case .diverged = error else { throw error }
            #expect(error.description.contains(text))
            #expect(!error.isRetryable)
            #expect(try copy.problems() != [])
            try original.expectEqual()
        }
    }
}

@Suite(.needsServer) struct `An audit of a database` {
    @Test(
        arguments: TestServer.all,
        [
            ("UPDATE ledger.trade_events SET price = price + 1 WHERE sequence = 1", "event 1 differs in price"),
            ("UPDATE ledger.trade_events SET context = '{}' WHERE sequence = 1", "event 1 differs in context"),
            ("DELETE FROM ledger.trade_events WHERE sequence = 7", "event 7 is missing"),
            (
                """
                INSERT INTO ledger.trade_events
                    (ledger_id, sequence, recorded_at, format, event_id, type, trade_id, occurred_at)
                SELECT ledger_id, sequence, recorded_at + interval '1 day', format, event_id, type, trade_id,
                    occurred_at
                FROM ledger.trade_events WHERE sequence = 7
                """, "sequence 7 is there twice or does not belong"
            ),
            (
                """
                INSERT INTO ledger.trade_events
                    (ledger_id, sequence, recorded_at, format, event_id, type, trade_id, occurred_at)
                SELECT ledger_id, 999, recorded_at, format, event_id, type, trade_id, occurred_at
                FROM ledger.trade_events WHERE sequence = 7
                """, "event 999 does not belong"
            ),
            ("UPDATE ledger.trades SET fees = fees + 1 WHERE trade_id = 'trade-1'", "trade trade-1 differs in fees"),
            ("UPDATE ledger.trades SET id = -1 WHERE trade_id = 'trade-1'", "trade trade-1 differs in id"),
            ("UPDATE ledger.trades SET trade_id = 'x' WHERE trade_id = 'trade-1'", "trade x does not belong"),
            ("DELETE FROM ledger.trades WHERE trade_id = 'trade-1'", "trade trade-1 is missing"),
            ("UPDATE ledger.checkpoints SET root = sha256('')", "the root at 100 is not that of the log"),
            ("UPDATE ledger.replication SET root = sha256('')", "the root at 100 is not that of the log"),
            ("UPDATE ledger.replication SET last_sequence = 99", "event 100 does not belong"),
            ("DELETE FROM ledger.checkpoints", "the checkpoint at 100 is missing"),
            ("DELETE FROM ledger.replication", "has never heard of ledger"),
        ]
    )
    func `names what was changed behind our back`(server: TestServer, change: (sql: String, finding: String)) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 41)
            try ledger.append(&generator, count: 100)
            try ledger.ship()
            try ledger.expectEqual()
            try ledger.execute(change.sql)
            let problems = try ledger.problems()
            #expect(problems.contains { $0.contains(change.finding) }, "\(problems)")
        }
    }
}

@Suite(.needsServer) struct `A login that is only ledger_writer` {
    @Test(arguments: TestServer.all)
    func `replicates and verifies and cannot change an event`(server: TestServer) throws {
        try server.withDatabase { url in
            let owner = try ReplicatedLedger(databaseURL: url)
            try owner.migrate()
            let name = try owner.value("SELECT 'writer_' || current_database()")
            let login = try #require(name)
            try owner.execute("CREATE ROLE \(login) LOGIN IN ROLE ledger_writer")
            defer { #expect(throws: Never.self) { try owner.execute("DROP OWNED BY \(login); DROP ROLE \(login)") } }
            let writer = try ReplicatedLedger(databaseURL: url + "&user=\(login)", number: 1)
            var generator = EventGenerator(seed: 51)
            for _ in 0..<2 {
                try writer.append(&generator, count: 1500)
                try writer.ship()
            }
            try writer.expectEqual()
            for statement in [
                "UPDATE ledger.trade_events SET price = 0", "DELETE FROM ledger.trade_events",
                "TRUNCATE ledger.trade_events", "DROP TABLE ledger.trade_events", "DELETE FROM ledger.checkpoints",
                "UPDATE ledger.checkpoints SET sequence = 1", "DELETE FROM ledger.replication",
            ] {
                let error = try #require(throws: PostgresError.self) { try writer.execute(statement) }
                #expect(error.sqlState == "42501", "\(statement)")
            }
        }
    }
}

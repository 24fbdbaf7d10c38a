import Ledger
import LedgerSchema
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A replicator whose tables are locked` {
    @Test(
        arguments: TestServer.all,
        [
            ("LOCK TABLE ledger.trade_events IN SHARE MODE", "ShareLock on ledger.trade_events"),
            ("LOCK TABLE ledger.replication IN EXCLUSIVE MODE", "ExclusiveLock on ledger.replication"),
            ("SELECT FROM ledger.replication FOR UPDATE", "RowShareLock on ledger.replication"),
            ("UPDATE ledger.trades SET fees = fees", "RowExclusiveLock on ledger.trades"),
        ]
    )
    func `names the session, keeps no reader waiting, and continues`(
        server: TestServer,
        lock: (sql: String, name: String)
    ) throws {
        try ReplicatedLedger.with(server) { ledger in
            // A batch without a trade whose row is locked would be stored.
            var generator = EventGenerator(seed: 71, families: .trade)
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try RunningReplicator.run(ledger, .hasty) { replicator in
                replicator.waitUntilConnected()
                var holder = try ledger.connect()
                let pid = try #require(try holder.query("SELECT pg_backend_pid()").text(row: 0, column: 0))
                try holder.execute("BEGIN")
                try holder.execute(lock.sql)
                try ledger.append(&generator, count: 300)
                let fault = replicator.waitForFaults(1)[0].description
                #expect(fault.contains("process \(pid) of the server holds it"), "\(fault)")
                #expect(fault.contains("application \"tests\"") && fault.contains(lock.name), "\(fault)")
                // While it waits, again and again, readers are not blocked.
                _ = replicator.waitForRetries(5)
                for _ in 0..<20 {
                    #expect(try ledger.value("SELECT count(*) FROM trade_history") != "0")
                    #expect(try ledger.value("SELECT max(sequence) FROM ledger.trade_events") == "300")
                }
                try holder.execute("COMMIT")
                replicator.waitUntilShipped(600)
                replicator.waitForRecoveries(1)
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `stops at once while it waits for a lock`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 72)
            try ledger.append(&generator, count: 10)
            try ledger.ship()
            var holder = try ledger.connect()
            try holder.execute("BEGIN; SELECT FROM ledger.replication FOR UPDATE")
            try RunningReplicator.run(ledger) { _ in
                let waiting = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'tradeledger replicate' AND datname = current_database()
                        AND wait_event_type = 'Lock'
                    """
                while try ledger.value(waiting) == "0" {}
            }
            // The server notices that its client is gone, at the latest when the lock is granted.
            try holder.execute("COMMIT")
        }
    }

    @Test(arguments: TestServer.all)
    func `ignores timeouts that were set for people`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let name = try ledger.value("SELECT current_database()") ?? ""
            for setting in ["statement_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"] {
                try ledger.execute("ALTER DATABASE \(name) SET \(setting) = '150ms'")
            }
            try ledger.execute(
                """
                CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
                CREATE TRIGGER linger AFTER INSERT ON ledger.trades EXECUTE FUNCTION linger();
                """
            )
            var generator = EventGenerator(seed: 73)
            try ledger.append(&generator, count: 100)
            try ledger.ship()
            try ledger.execute("ALTER DATABASE \(name) RESET ALL; DROP TRIGGER linger ON ledger.trades")
            try ledger.expectEqual()
        }
    }
}

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A migration beside a replicator` {
    /// A schema of a newer program.
    private static let newer = """
        INSERT INTO ledger.schema_migrations (number, name, checksum)
        VALUES (\(Schema.migrations.count + 1), 'new', sha256(''))
        """

    @Test(arguments: TestServer.all)
    func `by a newer program ends it before its next batch, with both versions named`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 81)
            try ledger.append(&generator, count: 100)
            try RunningReplicator.run(ledger) { replicator in
                replicator.waitUntilShipped(100)
                try ledger.execute(Self.newer)
                try ledger.append(&generator, count: 100)
                guard case .schema(let message, _) = replicator.waitForError() else {
                    Issue.record("it ended otherwise")
                    return
                }
                let newest = Schema.migrations.count
                #expect(message.contains("schema version \(newest + 1), this program knows \(newest)"))
            }
            #expect(try ledger.value("SELECT count(*) FROM ledger.trade_events") == "100")
        }
    }

    @Test(arguments: TestServer.all)
    func `blocks batches while it is applied`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 82)
            try RunningReplicator.run(ledger, .hasty) { replicator in
                replicator.waitUntilConnected()
                var migration = try ledger.connect()
                try migration.execute("BEGIN; LOCK TABLE ledger.replication IN EXCLUSIVE MODE")
                try ledger.append(&generator, count: 100)
                _ = replicator.waitForRetries(2)
                try migration.execute(Self.newer)
                try migration.execute("COMMIT")
                guard case .schema = replicator.waitForError() else {
                    Issue.record("it ended otherwise")
                    return
                }
            }
            #expect(try ledger.value("SELECT count(*) FROM ledger.trade_events") == "0")
        }
    }

    @Test(arguments: TestServer.all)
    func `waits for the running batch`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var batch = try ledger.connect()
            try batch.execute("BEGIN; SELECT FROM ledger.replication FOR UPDATE")
            try ledger.execute("DELETE FROM ledger.schema_migrations WHERE number = \(Schema.migrations.count)")
            var migrator = Migrator(try ledger.connect(), lockMilliseconds: 200)
            let error = try #require(throws: ReplicationError.self) { _ = try migrator.run() }
            #expect(error.description.contains("55P03") && error.description.contains("holds it"), "\(error)")
        }
    }

    @Test(arguments: TestServer.all)
    func `hides no row that was stored while it waited to make a hypertable`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            try OlderDatabase(of: ledger, url).applyMigrations(Schema.migrations.count)
            var batch = try ledger.connect()
            try batch.execute(
                """
                BEGIN; SELECT FROM ledger.replication FOR UPDATE;
                INSERT INTO ledger.trade_events
                    (ledger_id, sequence, recorded_at, format, event_id, type, trade_id, occurred_at)
                VALUES ('\(ledger.ledger.ledgerID)', 1, now(), 1, gen_random_uuid(), 'trade.opened', 't', now())
                """
            )
            let migration = TestThread { #expect(throws: Never.self) { try ledger.migrate() } }
            if server.kind == .timescaledb {
                try waitUntil("migrate waits for the batch") {
                    try ledger.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock'")
                        != "0"
                }
            }
            try batch.execute("COMMIT")
            migration.join()
            #expect(try ledger.value("SELECT count(*) FROM ledger.trade_events") == "1")
        }
    }

    @Test(arguments: TestServer.all)
    func `that is missing is waited for once the database was right`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 83)
            try ledger.append(&generator, count: 100)
            try RunningReplicator.run(ledger, .hasty) { replicator in
                replicator.waitUntilShipped(100)
                try ledger.execute("DROP SCHEMA ledger CASCADE")
                try ledger.append(&generator, count: 100)
                #expect(!replicator.waitForFaults(1).isEmpty)
                try ledger.migrate()
                replicator.waitUntilShipped(200)
                replicator.waitForRecoveries(1)
            }
            try ledger.expectEqual()
        }
    }
}

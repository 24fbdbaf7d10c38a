import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30)))
struct `A batch that the database does not finish` {
    /// Triggers that affect this many batches: a sequence is not rolled back.
    private static func fuse(_ action: String, count: Int) -> String {
        """
        CREATE SEQUENCE fuses;
        GRANT USAGE ON SEQUENCE fuses TO PUBLIC;
        CREATE FUNCTION blow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('public.fuses') <= \(count) THEN \(action); END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER blow BEFORE INSERT ON ledger.checkpoints FOR EACH ROW EXECUTE FUNCTION blow();
        -- A limit that an earlier statement of the same transaction has set, whatever the session has asked for.
        CREATE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM set_config('statement_timeout', '200ms', true);
            RETURN NEW;
        END $$;
        CREATE TRIGGER hurry BEFORE INSERT OR UPDATE ON ledger.trades FOR EACH STATEMENT EXECUTE FUNCTION hurry();
        """
    }

    @Test(
        arguments: TestServer.all,
        [
            // The server ends a statement that takes longer than it may.
            ("PERFORM pg_sleep(60)", "57014"),
            ("RAISE EXCEPTION USING ERRCODE = 'serialization_failure'", "40001"),
            ("RAISE EXCEPTION USING ERRCODE = 'out_of_memory'", "53200"),
            ("RAISE EXCEPTION USING ERRCODE = 'io_error'", "58030"),
            ("PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(0.1)", "57014"),
            ("PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(0.1)", "57P01"),
        ]
    )
    func `is retried`(server: TestServer, fault: (action: String, sqlState: String)) throws {
        try OutageLedger.with(server, seed: 111) { ledger in
            try ledger.execute(Self.fuse(fault.action, count: 2))
            try ledger.append(300)
            try ledger.replicating { replicate in
                for _ in 0..<2 {
                    #expect(try replicate.waitForMessage("trying again").contains("SQLSTATE \(fault.sqlState)"))
                    try ledger.append(50)
                }
                try ledger.waitUntilShipped()
            }
            // Which removes the triggers.
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all) func `because of a deadlock is retried`(server: TestServer) throws {
        try OutageLedger.with(server, seed: 112) { ledger in
            try ledger.execute(
                "ALTER DATABASE \(TestServer.databaseName(in: ledger.databaseURL)) SET deadlock_timeout = '2s'"
            )
            try ledger.replicating { replicate in
                try ledger.append(100)
                try ledger.waitUntilShipped()
                // The replicator holds its row and waits for the trades; this session holds the trades and waits for
                // the row.
                var other = try ledger.connect()
                try other.execute("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE ledger.trades IN SHARE MODE")
                try ledger.append(100)
                try waitUntil("the replicator waits for the trades") {
                    try ledger.value(
                        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.trades'::regclass"
                    ) == "1"
                }
                try other.execute("SELECT FROM ledger.replication FOR UPDATE")
                #expect(try replicate.waitForMessage("trying again").contains("SQLSTATE 40P01"))
                try ledger.append(100)
                try other.execute("COMMIT")
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `because the tables are locked is stored once they are unlocked, and readers do not wait`(
        server: TestServer
    ) throws {
        try OutageLedger.with(server, seed: 113) { ledger in
            try ledger.replicating { replicate in
                try ledger.append(100)
                try ledger.waitUntilShipped()
                for (index, table) in ["trade_events", "trades", "replication", "checkpoints"].enumerated() {
                    // As CREATE INDEX does: it blocks writers, and not readers.
                    var other = try ledger.connect()
                    try other.execute("BEGIN; LOCK TABLE ledger.\(table) IN SHARE MODE")
                    try ledger.append(50)
                    try waitUntil("the replicator waits for \(table)") {
                        try ledger.value("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"
                    }
                    try ledger.append(50)
                    let shipped = try ledger.value("SELECT last_sequence FROM ledger_status")
                    #expect(shipped == "\(100 + 100 * index)")
                    #expect(try ledger.value("SELECT count(*) > 0 FROM trade_history") == "t")
                    #expect(try ledger.value("SELECT count(*) > 0 FROM trade_timeline") == "t")
                    try other.execute("COMMIT")
                    try ledger.waitUntilShipped()
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(.mounts(.tmpfs), arguments: TestServer.all)
    func `for lack of space is stored once there is space`(server: TestServer) throws {
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 64)
        try server.withTablespace(on: disk) { tablespace in
            try OutageLedger.with(server, seed: 114) { ledger in
                try ledger.execute("ALTER TABLE ledger.trades SET TABLESPACE \(tablespace)")
                try ledger.replicating { replicate in
                    try ledger.append(100)
                    try ledger.waitUntilShipped()
                    try disk.fill()
                    try ledger.append(2000)
                    #expect(try replicate.waitForMessage("trying again").contains("SQLSTATE 53100"))
                    try ledger.append(100)
                    try disk.empty()
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }
}

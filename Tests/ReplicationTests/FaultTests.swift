import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A replicator whose session ends` {
    /// The server ends the session, at a chosen row and this many times: a sequence is not rolled back.
    private static func fuse(_ table: String, _ condition: String, _ timing: String, count: Int) -> String {
        """
        CREATE SEQUENCE fuses;
        CREATE FUNCTION blow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF \(condition) AND nextval('public.fuses') <= \(count) THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
                PERFORM pg_sleep(60);
            END IF;
            RETURN NEW;
        END $$;
        CREATE \(timing) ON \(table) FOR EACH ROW EXECUTE FUNCTION blow();
        """
    }

    @Test(arguments: TestServer.all, [1, 2] as [UInt64])
    func `during COPY continues from the position of the database`(server: TestServer, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let divisor = 300 + random.next(below: 300)
        try expectEqualAfter(
            server,
            seed,
            Self.fuse("ledger.trade_events", "NEW.sequence % \(divisor) = 0", "TRIGGER blow BEFORE INSERT", count: 4)
        )
    }

    @Test(arguments: TestServer.all, [1, 2] as [UInt64])
    func `during COMMIT continues from the position of the database`(server: TestServer, seed: UInt64) throws {
        try expectEqualAfter(
            server,
            seed,
            Self.fuse(
                "ledger.replication",
                "true",
                "CONSTRAINT TRIGGER blow AFTER UPDATE",
                count: 4
            ).replacing("ON ledger.replication FOR", with: "ON ledger.replication DEFERRABLE INITIALLY DEFERRED FOR")
        )
    }

    private func expectEqualAfter(_ server: TestServer, _ seed: UInt64, _ fuse: String) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.execute(fuse)
            try ledger.execute("GRANT USAGE ON SEQUENCE fuses TO PUBLIC")
            var generator = EventGenerator(seed: seed)
            try ledger.append(&generator, count: 2000)
            try RunningReplicator.run(ledger) { replicator in
                replicator.waitUntilShipped(2000)
                try ledger.append(&generator, count: 500)
                replicator.waitUntilShipped(2500)
                #expect(replicator.waitForRetries(4).count >= 4)
                // Logged when it starts and when it ends, however often it was retried.
                replicator.waitForRecoveries(1)
            }
            // Which removes the trigger.
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }

    @Test func `because the server was killed catches up when the server is back`() throws {
        let server = try PrivateServer()
        try ReplicatedLedger.with(server.server) { ledger in
            var generator = EventGenerator(seed: 21)
            try RunningReplicator.run(ledger) { replicator in
                for round in 1...3 as ClosedRange<UInt64> {
                    try ledger.append(&generator, count: 700)
                    if round > 1 { replicator.waitUntilShipped((round - 1) * 700) }
                    try server.kill()
                    try server.start()
                    replicator.waitUntilShipped(round * 700)
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test func `waits longer after each try and stops at once`() throws {
        let ledger = try ReplicatedLedger(databaseURL: "postgresql://nobody@127.0.0.1:1/absent")
        try RunningReplicator.run(ledger) { replicator in
            let pauses = replicator.waitForRetries(4)
            for (index, pause) in pauses.enumerated() {
                let ceiling = Int32(100) << Int32(index)
                #expect((ceiling / 2...ceiling).contains(pause))
            }
        }
        let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
        #expect(error.isRetryable)
    }
}

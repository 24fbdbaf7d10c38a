import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `An event that the server refuses` {
    /// Constraints and triggers that somebody added, each only against event 777.
    enum Rule: String, CaseIterable {
        case constraint = """
            ALTER TABLE ledger.trade_events ADD CONSTRAINT rule CHECK (sequence <> 777)
            """
        case trigger = """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.sequence = 777 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN NEW; END';
            CREATE TRIGGER rule BEFORE INSERT ON ledger.trade_events FOR EACH ROW EXECUTE FUNCTION refuse()
            """
        case projection = """
            ALTER TABLE ledger.trades ADD CONSTRAINT rule CHECK (last_sequence <> 777)
            """
        case commit = """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.last_sequence >= 777 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER rule AFTER UPDATE ON ledger.replication DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse()
            """

        var removal: String {
            switch self {
            case .constraint: "ALTER TABLE ledger.trade_events DROP CONSTRAINT rule"
            case .trigger: "DROP TRIGGER rule ON ledger.trade_events"
            case .projection: "ALTER TABLE ledger.trades DROP CONSTRAINT rule"
            case .commit: "DROP TRIGGER rule ON ledger.replication"
            }
        }
    }

    @Test(arguments: TestServer.all, Rule.allCases)
    func `is found, reported with the server's message, and no later event is stored`(
        server: TestServer,
        rule: Rule
    ) throws {
        try ReplicatedLedger.with(server) { ledger in
            // Every event changes the row of a trade.
            var generator = EventGenerator(seed: 51, families: .trade)
            try ledger.append(&generator, count: 2000)
            try ledger.execute(rule.rawValue)
            let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
            guard case .refused(let refused) = error else { throw error }
            #expect(refused.sequence == 777)
            var stream = try ledger.reader.events(from: 777)
            let event = try #require(try stream.next())
            #expect(error.description.contains(#""event_id":"\#(event.eventID)""#), "\(error)")
            #expect(error.description.contains("rule") || error.description.contains("not this one"), "\(error)")
            #expect(try ledger.value("SELECT last_sequence FROM ledger.replication") == "776")
            #expect(try ledger.value("SELECT max(sequence) FROM ledger.trade_events") == "776")
            #expect(try ledger.rowProblems() == [])

            // A running replicator continues once the server accepts the event.
            try RunningReplicator.run(ledger, .hasty) { replicator in
                #expect(replicator.waitForFaults(1)[0].description.contains("refuses event 777"))
                try ledger.append(&generator, count: 10)
                try ledger.execute(rule.removal)
                replicator.waitUntilShipped(2010)
                replicator.waitForRecoveries(1)
            }
            try ledger.expectEqual()
        }
    }
}

extension ReplicationTiming {
    /// Short pauses, so that tests which wait for the next try are fast.
    static var hasty: ReplicationTiming {
        var timing = ReplicationTiming()
        timing.pauseMillisecondsMax = 100
        timing.lockMilliseconds = 200
        return timing
    }
}

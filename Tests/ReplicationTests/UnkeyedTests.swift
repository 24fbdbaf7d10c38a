import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// Rows that only a database without its keys and checks can have, because the owner dropped these.
@Suite(.needsServer) struct `A database whose keys were taken away` {
    /// The change, the check that finds it, and the first words of its report.
    private static let changes: [(sql: String, check: String, problem: String)] = [
        (
            "INSERT INTO ledger.trades SELECT * FROM ledger.trades WHERE trade_id = 'trade-1'", "database trades",
            "trade trade-1 does not belong"
        ),
        (
            "INSERT INTO ledger.performance SELECT * FROM ledger.performance WHERE grouped_by = 'symbol'",
            "database performance", "the total of symbol"
        ),
        (
            "UPDATE ledger.performance SET net_pnl = net_pnl * 1.00 WHERE grouped_by = 'symbol'",
            "database performance", "the total of symbol"
        ),
        (
            "INSERT INTO ledger.trade_events SELECT * FROM ledger.trade_events WHERE sequence = 7", "database events",
            "event 7 is there 2 times"
        ),
        (
            "INSERT INTO ledger.checkpoints SELECT * FROM ledger.checkpoints WHERE sequence = 200", "database roots",
            "the checkpoint at 200 is there more than once"
        ),
        (
            "INSERT INTO ledger.replication SELECT * FROM ledger.replication", "database position",
            "ledger.replication has 2 rows of the ledger"
        ),
        (
            "UPDATE ledger.trades SET ledger_id = gen_random_uuid() WHERE trade_id = 'trade-1'", "database trades",
            "trade trade-1 is missing"
        ),
        (
            "INSERT INTO ledger.performance (ledger_id, grouped_by, quote, symbol, trades, wins, losses, draws, "
                + "net_pnl, gross_profit, gross_loss, fees) "
                + "VALUES (gen_random_uuid(), 'symbol', 'USDT', 'BTC/USDT', 1, 1, 0, 0, 1, 1, 0, 0)",
            "database ledgers", "rows of an unknown ledger: ledger.performance of ledger "
        ),
        // Checkpoints whose chain a repair has to rebuild.
        (
            "UPDATE ledger.checkpoints SET first_sequence = 1000 WHERE sequence = 300", "database roots",
            "the checkpoint at 300 does not begin"
        ),
        (
            "INSERT INTO ledger.checkpoints (ledger_id, sequence, root, first_sequence) "
                + "SELECT ledger_id, 150, root, 130 FROM ledger.checkpoints WHERE sequence = 200",
            "database roots", "the checkpoint at 150 does not belong"
        ),
        (
            "UPDATE ledger.checkpoints SET root = 'x' WHERE sequence = 300", "database roots",
            "the root at 300 is not that of the log"
        ),
        (
            "UPDATE ledger.checkpoints SET sequence = -7 WHERE sequence = 300", "database roots",
            "the checkpoint at -7 does not belong"
        ),
        (
            "UPDATE ledger.checkpoints SET sequence = NULL WHERE sequence = 300", "database roots",
            "a checkpoint has no sequence"
        ),
    ]

    @Test(arguments: TestServer.all)
    func `is reported with each row that differs, and repaired`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.dropConstraints()
            for change in Self.changes {
                try ledger.execute(change.sql)
                let checks = try DatabaseAudit(ledger.reader, ledger.address).run { _ in }
                let problem = checks.first { $0.name == change.check }?.problem ?? ""
                #expect(problem.hasPrefix(change.problem), "\(change.sql): \(checks.compactMap(\.problem))")
                #expect(try !ledger.mend().isEmpty, "\(change.sql)")
                #expect(try ledger.rowProblems() == [], "\(change.sql)")
            }
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is reported as still wrong if a trigger undoes the repair`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute(
                """
                UPDATE ledger.checkpoints SET root = sha256('') WHERE sequence = 300;
                CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN NEW.root := sha256('y'); RETURN NEW; END $$;
                CREATE TRIGGER spoil BEFORE INSERT ON ledger.checkpoints FOR EACH ROW EXECUTE FUNCTION public.spoil()
                """
            )
            let outcome = try DatabaseRepair(ledger.reader, ledger.address).run { _ in }
            #expect(outcome.mended.map(\.rows) == ["checkpoints"])
            #expect(outcome.left.map(\.name) == ["database schema", "database roots"])
            try ledger.execute("DROP TRIGGER spoil ON ledger.checkpoints")
            #expect(try ledger.mend().map(\.rows) == ["checkpoints"])
            try ledger.expectEqual()
        }
    }
}

extension ReplicatedLedger {
    /// Drops all keys, checks and NOT NULL of the tables in schema `ledger`, as only their owner can.
    func dropConstraints() throws {
        try execute(
            """
            DO $$
            DECLARE item record;
            BEGIN
                FOR item IN
                    SELECT conrelid::regclass AS "table", conname FROM pg_constraint
                    WHERE connamespace = 'ledger'::regnamespace AND contype IN ('c', 'p', 'u')
                    ORDER BY contype
                LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', item."table", item.conname);
                END LOOP;
                FOR item IN
                    SELECT attrelid::regclass AS "table", attname
                    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                    WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r' AND attnum > 0 AND attnotnull
                        AND NOT attisdropped
                        AND NOT (relname = 'trade_events' AND attname = 'recorded_at')
                LOOP
                    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', item."table", item.attname);
                END LOOP;
            END $$
            """
        )
    }
}

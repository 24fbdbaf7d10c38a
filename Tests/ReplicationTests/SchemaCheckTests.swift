import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// What `verify` says of the catalog of a database, and what `migrate` makes of it again.
@Suite(.needsServer) struct `The schema of a database` {
    /// What an owner could change, one object of each kind, and what the check says of it.
    private static let changes: [(sql: String, finding: String)] = [
        (
            "ALTER TABLE ledger.trades ADD CONSTRAINT added CHECK (fees < 1000000)",
            "ledger.trades: constraint added does not belong"
        ),
        (
            "ALTER TABLE ledger.trades DROP CONSTRAINT trades_status_check",
            "ledger.trades: constraint trades_status_check is missing"
        ),
        (
            "ALTER TABLE ledger.performance DROP CONSTRAINT performance_key",
            "ledger.performance: constraint performance_key is missing"
        ),
        ("DROP INDEX ledger.trades_closed_at", "ledger.trades: index trades_closed_at is missing"),
        ("CREATE INDEX added ON ledger.trades (fees)", "ledger.trades: index added does not belong"),
        ("ALTER TABLE ledger.trades ALTER fees DROP NOT NULL", "ledger.trades: column fees differs"),
        ("ALTER TABLE ledger.trades ALTER adjustments SET DEFAULT 7", "ledger.trades: column adjustments differs"),
        (
            """
            CREATE FUNCTION public.cheat() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN NEW.fees := 0; RETURN NEW; END $$;
            CREATE TRIGGER cheat BEFORE INSERT ON ledger.trades FOR EACH ROW EXECUTE FUNCTION public.cheat()
            """,
            "ledger.trades: trigger cheat does not belong"
        ),
        (
            "CREATE RULE cheat AS ON DELETE TO ledger.checkpoints DO INSTEAD NOTHING",
            "ledger.checkpoints: rule cheat does not belong"
        ),
        ("ALTER POLICY moving ON ledger.replication USING (true)", "ledger.replication: policy moving differs"),
        (
            "CREATE POLICY cheat ON ledger.checkpoints FOR INSERT WITH CHECK (true)",
            "ledger.checkpoints: policy cheat does not belong"
        ),
        ("ALTER TABLE ledger.checkpoints DISABLE ROW LEVEL SECURITY", "ledger.checkpoints: row security differs"),
        ("ALTER TABLE ledger.trades SET (fillfactor = 100)", "ledger.trades: options differs"),
        (
            "CREATE OR REPLACE VIEW public.open_trades AS SELECT * FROM ledger.trade_rows",
            "public.open_trades: definition differs"
        ),
        ("DROP VIEW public.equity_curve", "public.equity_curve is missing"),
        ("CREATE VIEW ledger.extra AS SELECT 1 AS one", "ledger.extra does not belong"),
        (
            """
            CREATE OR REPLACE FUNCTION ledger.is_numeric(number text) RETURNS boolean
            LANGUAGE sql IMMUTABLE AS 'SELECT true'
            """,
            "ledger.is_numeric(text): definition differs"
        ),
        ("ALTER FUNCTION ledger.context_number(json) COST 7", "ledger.context_number(json): definition differs"),
        (
            "CREATE FUNCTION public.trade_history_as_of(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "public.trade_history_as_of(text) does not belong"
        ),
        ("GRANT UPDATE ON ledger.trade_events TO ledger_writer", "ledger.trade_events: grant to ledger_writer differs"),
        (
            "GRANT SELECT ON public.trade_history TO PUBLIC",
            "public.trade_history: grant to PUBLIC does not belong"
        ),
        (
            "REVOKE SELECT ON public.trade_history FROM ledger_reader",
            "public.trade_history: grant to ledger_reader is missing"
        ),
        (
            "GRANT UPDATE (root) ON ledger.checkpoints TO ledger_writer",
            "ledger.checkpoints: column grant to ledger_writer does not belong"
        ),
        ("GRANT CREATE ON SCHEMA ledger TO ledger_writer", "schema ledger: grant to ledger_writer differs"),
        ("ALTER VIEW public.closed_trades OWNER TO pg_monitor", "public.closed_trades: owner differs"),
        ("ALTER TABLE ledger.reader_ledgers SET UNLOGGED", "ledger.reader_ledgers: kind differs"),
        (
            "CREATE TABLE public.more () INHERITS (ledger.performance)",
            "ledger.performance: table public.more, which inherits from it, does not belong"
        ),
    ]

    @Test(arguments: TestServer.all)
    func `is named object by object where it was changed, and migrate restores it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            #expect(try ledger.schemaProblem() == nil)
            for change in Self.changes { try ledger.execute(change.sql) }
            let database = try #require(try ledger.value("SELECT current_database()"))
            try ledger.execute("ALTER DATABASE \(database) SET synchronous_commit = off")
            let setting = "role ALL IN DATABASE \(database) has the setting synchronous_commit=off"
            let findings = (Self.changes.map(\.finding) + [setting]).sorted()
            let expected = findings.joined(separator: "; ") + "; run `tradeledger migrate` as the owner of the schema"
            #expect(try ledger.schemaProblem() == expected)
            // The login that runs `verify` every day sees the same.
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let problem = try ledger.schemaProblem(address)
                #expect(problem == expected)
            }
            // A view that somebody made in the schema is not dropped for him.
            let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
            #expect(error.description.contains("not the one that migrate makes: ledger.extra does not belong"))
            try ledger.execute("DROP VIEW ledger.extra")
            try ledger.migrate()
            #expect(try ledger.problems() == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `is made anew where a view cannot be replaced, unless somebody has built on it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute(
                """
                CREATE VIEW public.mine AS SELECT * FROM trade_history;
                CREATE FUNCTION public.latest() RETURNS SETOF trade_history LANGUAGE sql AS 'TABLE trade_history';
                DROP VIEW public.ledger_status; CREATE VIEW public.ledger_status AS SELECT 1 AS one
                """
            )
            let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
            let dependents = "these depend on it: function public.latest(), public.mine; nothing was changed"
            #expect(error.description.contains(dependents))
            #expect(try ledger.value("SELECT * FROM ledger_status") == "1")
            #expect(try ledger.value("SELECT count(*) > 0 FROM mine") == "t")
            try ledger.execute("DROP FUNCTION public.latest(); DROP VIEW public.mine")
            try ledger.migrate()
            #expect(try ledger.value("SELECT events FROM ledger_status") == "500")
            #expect(try ledger.problems() == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `keeps the separation of readers from one migration to the next`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            var migrator = Migrator(try ledger.connect(), separation: .on)
            _ = try migrator.run()
            #expect(try ledger.schemaProblem() == nil)
            try ledger.execute("ALTER VIEW ledger.visible_trades SET (security_barrier = false)")
            #expect(try ledger.schemaProblem()?.hasPrefix("ledger.visible_trades: options differs;") == true)
            try ledger.migrate()
            #expect(try ledger.schemaProblem() == nil)
        }
    }

    @Test(arguments: TestServer.all)
    func `is the only thing that is checked where a table is a view`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.execute(
                """
                CREATE FUNCTION public.trap() RETURNS integer LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'planted code ran'; END $$;
                ALTER TABLE ledger.checkpoints SET SCHEMA public;
                CREATE VIEW ledger.checkpoints AS SELECT *, public.trap() FROM public.checkpoints
                """
            )
            let checks = try DatabaseAudit(ledger.reader, ledger.address).run { _ in }
            #expect(checks.map(\.name) == ["database schema"])
            #expect(checks[0].problem?.contains("ledger.checkpoints: kind differs") == true)
        }
    }
}

extension ReplicatedLedger {
    fileprivate func schemaProblem(_ other: DatabaseAddress? = nil) throws -> String? {
        try DatabaseAudit(reader, other ?? address).run { _ in }.first { $0.name == "database schema" }?.problem
    }
}

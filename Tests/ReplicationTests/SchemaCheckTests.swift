import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// What `verify` reports about the catalog of a database, and what `migrate` restores.
@Suite(.needsServer) struct `The schema of a database` {
    /// Changes that an owner could make, one object of each kind, and the report of the check.
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
            "ALTER TABLE public.price_data DROP CONSTRAINT price_data_pkey",
            "public.price_data: constraint price_data_pkey is missing"
        ),
        ("GRANT DELETE ON public.price_data TO ledger_writer", "public.price_data: grant to ledger_writer differs"),
        (
            "CREATE OR REPLACE VIEW public.open_trades AS SELECT * FROM ledger.trade_rows",
            "public.open_trades: definition differs"
        ),
        ("DROP VIEW public.equity_curve", "public.equity_curve is missing"),
        (
            """
            CREATE OR REPLACE FUNCTION ledger.is_numeric(number text) RETURNS boolean
            LANGUAGE sql IMMUTABLE AS 'SELECT true'
            """,
            "ledger.is_numeric(text): definition differs"
        ),
        ("ALTER FUNCTION ledger.each_is_numeric(text) COST 7", "ledger.each_is_numeric(text): definition differs"),
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

    /// Objects that an owner could add and has to remove, the report of the check, and the remedy.
    private static let left: [(sql: String, finding: String, remedy: String)] = [
        (
            "CREATE TABLE ledger.extra_table (one integer)", "ledger.extra_table",
            "drop it with DROP TABLE ledger.extra_table, or move it elsewhere"
        ),
        (
            "CREATE SEQUENCE ledger.extra_sequence", "ledger.extra_sequence",
            "drop it with DROP SEQUENCE ledger.extra_sequence, or move it elsewhere"
        ),
        (
            "CREATE VIEW ledger.extra_view AS SELECT 1 AS one", "ledger.extra_view",
            "drop it with DROP VIEW ledger.extra_view, or move it elsewhere"
        ),
        (
            "ALTER TABLE ledger.trades ADD COLUMN extra integer", "ledger.trades: column extra",
            "drop it with ALTER TABLE ledger.trades DROP COLUMN \"extra\""
        ),
    ].sorted { $0.1 < $1.1 }

    @Test(arguments: TestServer.all)
    func `is reported object by object if it was changed, and migrate restores it`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.shipFiveBatches()
            #expect(try ledger.schemaProblem() == nil)
            for change in Self.changes { try ledger.execute(change.sql) }
            for left in Self.left { try ledger.execute(left.sql) }
            let database = try #require(try ledger.value("SELECT current_database()"))
            try ledger.execute("ALTER DATABASE \(database) SET synchronous_commit = off")
            let setting = "role ALL IN DATABASE \(database) has the setting synchronous_commit=off"
            let findings = (Self.changes.map(\.finding) + [setting]).sorted()
            let others = Self.left.map { "\($0.finding) does not belong: \($0.remedy)" }
            let migrate = ["run `tradeledger migrate` as the owner of the schema"]
            let expected = (findings + migrate + others).joined(separator: "; ")
            #expect(try ledger.schemaProblem() == expected)
            // The login that runs `verify` every day sees the same.
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let problem = try ledger.schemaProblem(address)
                #expect(problem == expected)
            }
            // `migrate` does not drop objects that somebody created in the schema.
            let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
            let named = "not the one that migrate makes: \(others.joined(separator: "; "));"
            #expect(error.description.contains(named), "\(error)")
            for left in Self.left { try ledger.execute(try #require(left.remedy.statement)) }
            try ledger.migrate()
            #expect(try ledger.problems() == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `is recreated if a view cannot be replaced, unless another view depends on it`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
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

    private static let timescaleDB = TestServer.all.first { $0.kind == .timescaledb }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `is reported chunk by chunk if somebody changed a chunk, and migrate restores it`() throws {
        let server = try #require(Self.timescaleDB)
        try ReplicatedLedger.migrating(server) { ledger in
            var generator = EventGenerator(seed: 83)
            try ledger.append(&generator, count: 5000)
            try ledger.ship()
            let chunks = try ledger.rows("SELECT chunk FROM show_chunks('ledger.trade_events') AS chunk ORDER BY 1")
                .compactMap(\.first)
            let (first, last) = (try #require(chunks.first ?? nil), try #require(chunks.last ?? nil))
            try #require(first != last)
            try ledger.execute("SELECT compress_chunk('\(first)')")
            let compressed = try #require(
                try ledger.value("SELECT max(oid::regclass::text) FROM pg_class WHERE relname LIKE 'compress%chunk'")
            )
            #expect(try ledger.schemaProblem() == nil)
            try ledger.execute("INSERT INTO price_data VALUES ('BTC/USDT', '', now(), '1h', 1, 1, 1, 1, 1)")
            let candles = try #require(try ledger.value("SELECT show_chunks('public.price_data')"))
            let changes =
                Self.changes(ofChunk: last, compressed) + [
                    ("GRANT DELETE ON \(candles) TO PUBLIC", "\(candles): grant to PUBLIC does not belong")
                ]
            for change in changes { try ledger.execute(change.sql) }
            let findings = changes.map(\.finding).sorted()
            let expected = findings.joined(separator: "; ") + "; run `tradeledger migrate` as the owner of the schema"
            #expect(try ledger.schemaProblem() == expected)
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let problem = try ledger.schemaProblem(address)
                #expect(problem == expected)
            }
            try ledger.migrate()
            try ledger.expectEqual()
            try ledger.append(&generator, count: 10)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    /// Possible changes to a chunk and to the table of a compressed one.
    private static func changes(ofChunk chunk: String, _ compressed: String) -> [(sql: String, finding: String)] {
        [
            ("GRANT UPDATE ON \(chunk) TO ledger_writer", "\(chunk): grant to ledger_writer differs"),
            ("GRANT DELETE ON \(chunk) TO PUBLIC", "\(chunk): grant to PUBLIC does not belong"),
            ("GRANT UPDATE (actor) ON \(chunk) TO PUBLIC", "\(chunk): column grant to PUBLIC does not belong"),
            ("GRANT UPDATE ON \(compressed) TO ledger_writer", "\(compressed): grant to ledger_writer differs"),
            (
                """
                CREATE FUNCTION public.cheat() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                CREATE TRIGGER cheat BEFORE INSERT ON \(chunk) FOR EACH ROW EXECUTE FUNCTION public.cheat()
                """,
                "\(chunk): trigger cheat does not belong"
            ),
            (
                "CREATE TRIGGER cheat BEFORE INSERT ON \(compressed) FOR EACH ROW EXECUTE FUNCTION public.cheat()",
                "\(compressed): trigger cheat does not belong"
            ),
            ("CREATE RULE cheat AS ON INSERT TO \(chunk) DO NOTHING", "\(chunk): rule cheat does not belong"),
            ("CREATE POLICY cheat ON \(chunk) USING (true)", "\(chunk): policy cheat does not belong"),
            ("ALTER TABLE \(chunk) ENABLE ROW LEVEL SECURITY", "\(chunk): row security differs"),
            (
                "ALTER TABLE \(chunk) ADD CONSTRAINT cheat CHECK (sequence < 5001)",
                "\(chunk): constraint cheat does not belong"
            ),
            ("CREATE UNIQUE INDEX cheat ON \(chunk) (sequence)", "\(chunk): index cheat does not belong"),
            (
                "CREATE TABLE public.more () INHERITS (\(chunk))",
                "\(chunk): table public.more, which inherits from it, does not belong"
            ),
        ]
    }

    @Test(arguments: TestServer.all)
    func `is recorded again by migrate if the record was deleted, and only if it is that schema`(
        server: TestServer
    ) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.shipFiveBatches()
            let record = "SELECT number, name, checksum FROM ledger.schema_migrations ORDER BY number"
            let before = try ledger.rows(record)
            for condition in ["true", "number > 3"] {
                try ledger.execute("DELETE FROM ledger.schema_migrations WHERE \(condition)")
                try ledger.execute("DROP VIEW public.equity_curve; GRANT UPDATE ON ledger.trades TO PUBLIC")
                try ledger.migrate()
                #expect(try ledger.rows(record) == before)
                try ledger.expectEqual()
            }
            let drop = "ALTER TABLE ledger.trades DROP COLUMN symbol CASCADE"
            try ledger.execute("DELETE FROM ledger.schema_migrations; \(drop)")
            let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
            #expect(error.description.contains("ledger.trades: column symbol is missing"), "\(error)")
            #expect(error.description.contains("replicate into a new one"), "\(error)")
            #expect(try ledger.rows(record) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `is not restored if rows block it, and migrate names what removes them`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute(
                """
                ALTER TABLE ledger.checkpoints DROP CONSTRAINT checkpoints_pkey;
                INSERT INTO ledger.checkpoints SELECT * FROM ledger.checkpoints WHERE sequence = 200
                """
            )
            let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
            #expect(error.description.contains("run `tradeledger replicate --repair"), "\(error)")
            if case .diverged = error {} else { Issue.record(error) }
            #expect(try ledger.mend().map(\.rows) == ["checkpoints"])
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is the only check if a table is a view`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
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

extension String {
    /// The SQL in a remedy.
    fileprivate var statement: String? {
        firstMatch(of: /(DROP|ALTER) [^,]+/).map { String($0.output.0) }
    }
}

extension ReplicatedLedger {
    func schemaProblem(_ other: DatabaseAddress? = nil) throws -> String? {
        try DatabaseAudit(reader, other ?? address).run { _ in }.first { $0.name == "database schema" }?.problem
    }
}

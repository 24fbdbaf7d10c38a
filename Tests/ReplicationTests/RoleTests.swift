import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer) struct `A login in ledger_writer` {
    @Test(arguments: TestServer.all)
    func `cannot change, remove or reshape what it replicated`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { owner in
            try owner.shipFiveBatches()
            try owner.withLogin(inRole: "ledger_writer") { address in
                let before = try owner.rows(Catalog.relations)
                var connection = try address.connectAsPerson()
                for statement in try ForbiddenStatement.ofTables(owner) + ForbiddenStatement.ofChunks(owner) {
                    connection.expectRefusal(of: statement)
                }
                // GRANT skips what it may not grant, with a warning; the catalog shows the result.
                try connection.execute("GRANT UPDATE, DELETE, TRUNCATE ON ledger.trade_events TO ledger_writer")
                #expect(try owner.rows(Catalog.relations) == before)
                try owner.expectEqual()
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `has the right to change nothing but the projections, its position and candles`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { owner in
            try owner.shipFiveBatches()
            let appendOnly = try owner.rows(
                """
                SELECT name FROM (\(Catalog.relations)) AS relation
                WHERE name IN ('ledger.schema_migrations', 'ledger.trade_events', 'ledger.checkpoints')
                   OR name LIKE '\\_timescaledb%' OR name LIKE 'public.%'
                """
            )
            #expect(appendOnly.count >= 8)
            let rights = """
                SELECT name, privilege FROM (\(Catalog.relations)) AS relation,
                    unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
                WHERE kind <> 'S' AND has_table_privilege('ledger_writer', oid, privilege)
                """
            let granted = try owner.rows(rights)
            #expect(granted.filter { ["TRUNCATE", "REFERENCES", "TRIGGER"].contains($0[1]) } == [])
            let candles = try Catalog.tablesOfCandles(owner)
            #expect(
                granted.filter { appendOnly.contains([$0[0]]) && !candles.contains($0[0]) && $0[1] != "INSERT" } == []
            )
            #expect(granted.contains(["ledger.trade_events", "INSERT"]))
            #expect(granted.filter { $0[0] == "public.price_data" }.map { $0[1] } == ["INSERT", "UPDATE"])
        }
    }
}

@Suite(.needsServer) struct `A login in ledger_reader` {
    @Test(arguments: TestServer.all)
    func `reads the public views and candles, and nothing else`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { owner in
            try owner.shipFiveBatches()
            try owner.withLogin(inRole: "ledger_reader") { address in
                var connection = try address.connectAsPerson()
                let relations = try owner.rows(Catalog.relations)
                let candles = try Catalog.tablesOfCandles(owner)
                #expect(relations.contains { $0[1] == "ledger.trade_events" })
                for relation in relations {
                    let (name, kind) = (relation[1] ?? "", relation[2] ?? "")
                    if name.hasPrefix("public.") {
                        #expect(kind == "v" || candles.contains(name), "\(name) is public and no view")
                        #expect(try connection.query("SELECT count(*) FROM \(name)").rowCount == 1)
                    } else if !candles.contains(name) {
                        connection.expectRefusal(of: "SELECT FROM \(name)")
                    }
                    guard kind != "S" else { continue }
                    connection.expectRefusal(of: "INSERT INTO \(name) DEFAULT VALUES")
                    // Internal tables of TimescaleDB may have no column of their own.
                    if let column = relation[3] { connection.expectRefusal(of: "UPDATE \(name) SET \(column) = NULL") }
                    connection.expectRefusal(of: "DELETE FROM \(name)")
                    if kind != "v" { connection.expectRefusal(of: "TRUNCATE \(name)") }
                }
                for statement in try ForbiddenStatement.ofTables(owner) + ForbiddenStatement.ofChunks(owner) {
                    connection.expectRefusal(of: statement)
                }
                // The planner's statistics about the values.
                try owner.execute("ANALYZE ledger.trade_events, ledger.trades")
                let statistics = try connection.query(
                    "SELECT count(*) FROM pg_stats WHERE schemaname IN ('ledger', '_timescaledb_internal')"
                )
                #expect(statistics.text(row: 0, column: 0) == "0")
                #expect(try owner.rows(Catalog.relations) == relations)
                try owner.expectEqual()
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `calls the public functions and no other`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { owner in
            try owner.shipFiveBatches()
            try owner.withLogin(inRole: "ledger_reader") { address in
                var connection = try address.connectAsPerson()
                for function in try owner.rows(Catalog.functions) {
                    let call = "SELECT * FROM \(function[0] ?? "")(\(function[1] ?? ""))"
                    if function[0]?.hasPrefix("public.") ?? false {
                        _ = try connection.query(call)
                    } else {
                        connection.expectRefusal(of: call)
                    }
                }
            }
        }
    }
}

/// The objects of the database that belong to no extension.
private enum Catalog {
    /// Tables, views and sequences: `oid`, `name`, `kind`, the `first` column, and what must not change.
    static let relations = """
        SELECT pg_class.oid, format('%I.%I', nspname, relname) AS name, relkind AS kind,
            (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum = 1) AS first,
            relowner, relacl, relnatts, relhasrules, relhastriggers, reloptions
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(isOurs("pg_class")) ORDER BY 2
        """

    /// `price_data`, and what TimescaleDB keeps for it and for its continuous aggregates, with the same rights.
    static func tablesOfCandles(_ owner: ReplicatedLedger) throws -> Set<String?> {
        let table = "public.price_data"
        guard try owner.value("SELECT extname FROM pg_extension WHERE extname = 'timescaledb'") != nil else {
            return [table]
        }
        let internals = try owner.rows(
            """
            WITH aggregate AS (SELECT * FROM _timescaledb_catalog.continuous_agg WHERE user_view_schema = 'public')
            SELECT format('%I.%I', schema_name, table_name) FROM _timescaledb_catalog.hypertable
            WHERE id IN (
                SELECT compressed_hypertable_id FROM _timescaledb_catalog.hypertable WHERE table_name = 'price_data'
                UNION ALL SELECT mat_hypertable_id FROM aggregate
            )
            UNION ALL SELECT format('%I.%I', partial_view_schema, partial_view_name) FROM aggregate
            UNION ALL SELECT format('%I.%I', direct_view_schema, direct_view_name) FROM aggregate
            """
        )
        return Set([table] + internals.map { $0[0] })
    }

    /// Functions that can be called: the name, and a null for each parameter.
    static let functions = """
        SELECT format('%I.%I', nspname, proname), (
            SELECT string_agg('NULL::' || format_type(type, NULL), ', ' ORDER BY position)
            FROM unnest(proargtypes) WITH ORDINALITY AS parameter (type, position)
        )
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE prorettype <> 'trigger'::regtype AND \(isOurs("pg_proc"))
        """

    private static func isOurs(_ catalog: String) -> String {
        """
        nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE classid = '\(catalog)'::regclass AND objid = \(catalog).oid AND deptype = 'e'
        )
        """
    }
}

/// Statements with which somebody could try to change history.
private enum ForbiddenStatement {
    static func ofTables(_ owner: ReplicatedLedger) throws -> [String] {
        let database = try #require(try owner.value("SELECT current_database()"))
        return [
            "UPDATE ledger.trade_events SET price = 0", "DELETE FROM ledger.trade_events",
            "TRUNCATE ledger.trade_events", "DROP TABLE ledger.trade_events CASCADE",
            "ALTER TABLE ledger.trade_events DROP COLUMN price", "ALTER TABLE ledger.trade_events RENAME TO x",
            "ALTER TABLE ledger.trade_events OWNER TO CURRENT_USER", "ALTER TABLE ledger.trade_events DISABLE RULE x",
            "ALTER TABLE ledger.trade_events ALTER price TYPE text", "DROP INDEX ledger.trade_events_recorded_at",
            "CREATE TRIGGER x BEFORE INSERT ON ledger.trade_events FOR EACH ROW EXECUTE FUNCTION "
                + "suppress_redundant_updates_trigger()",
            "CREATE INDEX ON ledger.trade_events (price)", "UPDATE ledger.checkpoints SET sequence = 1",
            "DELETE FROM ledger.checkpoints", "TRUNCATE ledger.checkpoints", "DROP TABLE ledger.checkpoints",
            "DELETE FROM ledger.replication", "TRUNCATE ledger.replication", "TRUNCATE ledger.trades",
            "DROP TABLE ledger.trades CASCADE", "INSERT INTO ledger.schema_migrations VALUES (99, 'x', sha256(''))",
            "DELETE FROM ledger.schema_migrations", "CREATE TABLE ledger.x (i integer)", "DROP SCHEMA ledger CASCADE",
            "CREATE TABLE public.x (i integer)", "CREATE FUNCTION public.x() RETURNS integer RETURN 1",
            "CREATE OR REPLACE VIEW public.ledger_status AS SELECT 1", "DROP VIEW public.ledger_status",
            "ALTER VIEW public.ledger_status OWNER TO CURRENT_USER", "UPDATE public.trade_history SET fees = 0",
            "CREATE SCHEMA x", "DROP DATABASE \(database)", "ALTER DATABASE \(database) SET search_path = x",
            "ALTER ROLE CURRENT_USER SUPERUSER", "SET ROLE postgres", "SET session_replication_role = replica",
        ]
    }

    /// The ways that TimescaleDB offers, with the tables by number: a name would need a right to the schema.
    static func ofChunks(_ owner: ReplicatedLedger) throws -> [String] {
        guard try owner.value("SELECT extname FROM pg_extension WHERE extname = 'timescaledb'") != nil else {
            return []
        }
        let chunks = try owner.rows("SELECT chunk, chunk::oid FROM show_chunks('ledger.trade_events') AS chunk")
        let chunk = try #require(chunks.first)
        let name = try #require(chunk[0])
        let oid = "\(try #require(chunk[1]))::regclass"
        let table = "\(try #require(try owner.value("SELECT 'ledger.trade_events'::regclass::oid")))::regclass"
        let number = try owner.value("SELECT id FROM _timescaledb_catalog.hypertable WHERE table_name = 'trade_events'")
        let policy = #"'{"hypertable_id": \#(try #require(number)), "drop_after": "1 second"}'"#
        return [
            "UPDATE \(name) SET price = 0", "DELETE FROM \(name)", "TRUNCATE \(name)", "DROP TABLE \(name)",
            "ALTER TABLE \(name) NO INHERIT ledger.trade_events", "DELETE FROM _timescaledb_catalog.chunk",
            "UPDATE _timescaledb_catalog.hypertable SET table_name = 'x'",
            "SELECT drop_chunks(\(table), older_than => 'infinity'::timestamptz)",
            "SELECT drop_chunks(\(table), created_before => 'infinity'::timestamptz)",
            "SELECT _timescaledb_functions.drop_chunk(\(oid))", "SELECT _timescaledb_internal.drop_chunk(\(oid))",
            "SELECT _timescaledb_functions.freeze_chunk(\(oid))",
            "SELECT _timescaledb_functions.unfreeze_chunk(\(oid))",
            "SELECT _timescaledb_functions.attach_osm_table_chunk(\(table), \(oid))",
            "SELECT _timescaledb_functions.drop_osm_chunk(\(table))",
            "CALL _timescaledb_functions.policy_retention(99, \(policy))",
            "SELECT add_retention_policy(\(table), INTERVAL '1 second')", "SELECT compress_chunk(\(oid))",
            "SELECT set_chunk_time_interval(\(table), INTERVAL '1 day')", "CALL detach_chunk(\(oid))",
            "CALL split_chunk(\(oid))", "SELECT attach_tablespace('pg_default', \(table))",
            "SELECT add_dimension(\(table), by_hash('trade_id', 2))",
        ]
    }
}

extension Connection {
    /// Expects that the server refuses a statement: for want of a right, or because no view takes a row.
    fileprivate mutating func expectRefusal(of statement: String, _ location: SourceLocation = #_sourceLocation) {
        do throws(PostgresError) {
            try execute(statement)
            Issue.record("it was not refused: \(statement)", sourceLocation: location)
        } catch {
            // No right, wrong state, and what TimescaleDB forbids for its own tables.
            let refusals: [String?] = ["42501", "55000", "0A000"]
            #expect(refusals.contains(error.sqlState), "\(statement): \(error)", sourceLocation: location)
        }
    }
}

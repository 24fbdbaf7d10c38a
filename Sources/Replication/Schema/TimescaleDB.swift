internal import Postgres

/// The extension TimescaleDB of a server and of a database.
enum TimescaleDB {
    /// Whether the server has TimescaleDB and has it loaded.
    ///
    /// Creating an extension whose library the server has not loaded ends the session, so both are asked first.
    static func isOffered(_ connection: inout Connection) throws(PostgresError) -> Bool {
        try connection.isTrue(
            """
            SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
               AND EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')
            """
        )
    }

    /// The version of the extension in this database, nil where it is not there.
    static func version(_ connection: inout Connection) throws(PostgresError) -> String? {
        let result = try connection.query("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
        return result.rowCount == 0 ? nil : result.text(row: 0, column: 0)
    }

    /// The tables that become hypertables, as in `timescaledb.sql`.
    static let hypertables = ["ledger.trade_events", "public.price_data"]

    /// Which of those tables are hypertables in this database; it has to have the extension.
    static func presentHypertables(_ connection: inout Connection) throws(PostgresError) -> Set<String> {
        try names(
            &connection,
            "SELECT hypertable_schema || '.' || hypertable_name FROM timescaledb_information.hypertables"
        )
    }

    /// The continuous aggregates of this database, among them those that replace a view of the same name.
    static func aggregates(_ connection: inout Connection) throws(PostgresError) -> Set<String> {
        guard try version(&connection) != nil else { return [] }
        return try names(
            &connection,
            "SELECT view_schema || '.' || view_name FROM timescaledb_information.continuous_aggregates"
        )
    }

    private static func names(_ connection: inout Connection, _ query: String) throws(PostgresError) -> Set<String> {
        let rows = try connection.query(query)
        return Set((0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0) })
    }

    /// The functions that `migrate` calls.
    private static let calledFunctions = [
        "create_hypertable", "by_range", "time_bucket", "set_chunk_time_interval", "alter_job",
        "add_compression_policy", "remove_compression_policy", "add_retention_policy", "remove_retention_policy",
        "add_continuous_aggregate_policy",
    ]

    /// Throws where the schema of the extension has a foreign function with the name of one that `migrate` calls.
    ///
    /// A call names the schema, but where two functions have one name the server takes the one whose arguments fit
    /// better: the owner of the database could thus run code with the rights of the administrator who runs `migrate`.
    static func refuseShadowingFunctions(_ connection: inout Connection) throws {
        let found = try connection.query(
            """
            SELECT pg_proc.oid::regprocedure
            FROM pg_proc JOIN pg_extension ON pg_extension.extnamespace = pg_proc.pronamespace
            WHERE pg_extension.extname = 'timescaledb' AND pg_proc.proname = ANY ($1)
              AND NOT EXISTS (
                  SELECT FROM pg_depend
                  WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid
                    AND refclassid = 'pg_extension'::regclass AND refobjid = pg_extension.oid
              )
            """,
            [.text("{\(calledFunctions.joined(separator: ","))}")]
        )
        guard let function = found.rowCount == 0 ? nil : found.text(row: 0, column: 0) else { return }
        throw ReplicationError.schema(
            "function \(function) has the name of one of TimescaleDB and is not part of it",
            remedy: "find out who made it, and drop it"
        )
    }
}

/// A function of TimescaleDB that changes or drops a chunk for any caller.
///
/// The functions that are documented ask whether the caller owns the table. These do not, and are granted to every
/// login: one that may only read could drop the chunks that hold the events, or freeze those that take new ones.
struct UnguardedFunction {
    /// Its schema, name and arguments.
    let signature: String
    /// Whether the login may revoke the right, which only the owner of the extension's functions can.
    let isRevocable: Bool

    /// The statement that keeps every login but the owner from calling it.
    var revocation: String { "REVOKE EXECUTE ON FUNCTION \(signature) FROM PUBLIC" }

    private static let names = [
        "drop_chunk", "freeze_chunk", "unfreeze_chunk", "attach_osm_table_chunk", "drop_osm_chunk",
    ]

    /// Those of the extension in this database that every login may still call; none where it is not there.
    static func all(_ connection: inout Connection) throws(PostgresError) -> [UnguardedFunction] {
        let rows = try connection.query(
            """
            SELECT pg_proc.oid::regprocedure, pg_has_role(pg_proc.proowner, 'USAGE')
            FROM pg_proc
            JOIN pg_depend ON pg_depend.classid = 'pg_proc'::regclass AND pg_depend.objid = pg_proc.oid
            JOIN pg_extension ON pg_extension.oid = pg_depend.refobjid
            WHERE pg_depend.refclassid = 'pg_extension'::regclass
              AND pg_extension.extname = 'timescaledb'
              AND pg_proc.proname = ANY ($1)
              AND EXISTS (
                  SELECT FROM aclexplode(coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))) AS granted
                  WHERE granted.grantee = 0
              )
            ORDER BY pg_proc.oid
            """,
            [.text("{\(names.joined(separator: ","))}")]
        )
        return (0..<rows.rowCount).map { row in
            UnguardedFunction(
                signature: rows.text(row: row, column: 0) ?? "",
                isRevocable: rows.text(row: row, column: 1) == "t"
            )
        }
    }

    /// Takes the right from every login, where this one may.
    static func revokeAll(_ connection: inout Connection) throws(PostgresError) {
        for function in try all(&connection) where function.isRevocable {
            try connection.execute(function.revocation)
        }
    }
}

/// The chunks of the hypertables, and the tables that hold compressed ones, compared with their hypertable.
///
/// A right, a trigger or a rule on a chunk reaches the rows as one on the hypertable does, and the hypertable does not
/// show it.
enum ChunkComparison {
    /// What a chunk has that the hypertable does not give it, or lacks.
    static func differences(_ connection: inout Connection) throws(PostgresError) -> [SchemaComparison.Difference] {
        guard try TimescaleDB.version(&connection) != nil else { return [] }
        let rows = try connection.query(query)
        return (0..<rows.rowCount).compactMap { row in
            guard let key = CatalogEntry.Key(rows, row) else { return nil }
            return SchemaComparison.Difference(
                key: key,
                expected: rows.text(row: row, column: 3),
                actual: rows.text(row: row, column: 4),
                remedy: .migrate
            )
        }
    }

    /// A constraint is the extension's where its catalog has it, and the hypertable's where that has the same.
    private static let query = """
        WITH hypertable AS (
            SELECT id, compressed_hypertable_id, to_regclass(format('%I.%I', schema_name, table_name))::oid AS oid
            FROM _timescaledb_catalog.hypertable
            WHERE schema_name || '.' || table_name = ANY ('{\(TimescaleDB.hypertables.joined(separator: ","))}')
        ),
        part AS (
            SELECT chunk.id AS chunk_id, to_regclass(format('%I.%I', chunk.schema_name, chunk.table_name))::oid AS oid,
                hypertable.oid AS hypertable
            FROM hypertable
            JOIN _timescaledb_catalog.chunk
                ON chunk.hypertable_id IN (hypertable.id, hypertable.compressed_hypertable_id)
            UNION ALL
            SELECT NULL, to_regclass(format('%I.%I', compressed.schema_name, compressed.table_name)), hypertable.oid
            FROM hypertable
            JOIN _timescaledb_catalog.hypertable AS compressed ON compressed.id = hypertable.compressed_hypertable_id
        ),
        relation AS (
            SELECT pg_class.* FROM pg_class
            WHERE oid IN (SELECT oid FROM part UNION ALL SELECT oid FROM hypertable)
        ),
        owned AS (SELECT oid, relowner AS owner, coalesce(relacl, acldefault('r', relowner)) AS acl FROM relation),
        granted AS (
            \(CatalogEntry.grants(by: "oid"))
        ),
        fact AS (
            SELECT part.oid, granted.aspect, granted.part AS name,
                max(granted.definition) FILTER (WHERE granted.oid = part.hypertable) AS expected,
                max(granted.definition) FILTER (WHERE granted.oid = part.oid) AS actual
            FROM part JOIN granted ON granted.oid IN (part.oid, part.hypertable)
            GROUP BY 1, 2, 3
            UNION ALL
            SELECT part.oid, 'kind', '', 'r', 'r unlogged'
            FROM part JOIN relation ON relation.oid = part.oid WHERE relpersistence = 'u'
            UNION ALL
            SELECT part.oid, 'row security', '', 'f f', concat_ws(' ', relrowsecurity, relforcerowsecurity)
            FROM part JOIN relation ON relation.oid = part.oid WHERE relrowsecurity OR relforcerowsecurity
            UNION ALL
            SELECT part.oid, 'trigger', tgname, NULL, pg_get_triggerdef(pg_trigger.oid)
            FROM part JOIN pg_trigger ON tgrelid = part.oid
            WHERE NOT tgisinternal
              AND NOT EXISTS (
                SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = tgfoid AND deptype = 'e')
              AND NOT EXISTS (
                SELECT FROM pg_trigger AS own WHERE own.tgrelid = part.hypertable AND own.tgname = pg_trigger.tgname)
            UNION ALL
            SELECT part.oid, 'rule', rulename, NULL, pg_get_ruledef(pg_rewrite.oid)
            FROM part JOIN pg_rewrite ON ev_class = part.oid
            UNION ALL
            SELECT part.oid, 'policy', polname, NULL, polcmd::text FROM part JOIN pg_policy ON polrelid = part.oid
            UNION ALL
            SELECT part.oid, 'constraint', conname, NULL, pg_get_constraintdef(pg_constraint.oid)
            FROM part JOIN pg_constraint ON conrelid = part.oid
            WHERE contype IN ('c', 'u', 'p', 'x', 'f') AND coninhcount = 0
              AND NOT EXISTS (
                SELECT FROM _timescaledb_catalog.chunk_constraint AS own
                WHERE own.chunk_id = part.chunk_id AND own.constraint_name = conname)
              AND NOT EXISTS (
                SELECT FROM pg_constraint AS own
                WHERE own.conrelid = part.hypertable
                  AND pg_get_constraintdef(own.oid) = pg_get_constraintdef(pg_constraint.oid))
            UNION ALL
            SELECT part.oid, 'index', index.relname, NULL, pg_get_indexdef(indexrelid)
            FROM part JOIN pg_index ON indrelid = part.oid JOIN pg_class AS index ON index.oid = indexrelid
            WHERE indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
            UNION ALL
            SELECT inhparent, 'child', inhrelid::regclass::text, NULL, ''
            FROM pg_inherits
            WHERE inhparent IN (SELECT oid FROM part)
        )
        SELECT oid::regclass::text, aspect, name, expected, actual FROM fact
        WHERE expected IS DISTINCT FROM actual
        """
}

internal import Postgres

/// The chunks of `ledger.trade_events`, and the tables that hold compressed ones, compared with the hypertable.
///
/// A right, a trigger or a rule on a chunk reaches the events as one on the hypertable does, and the hypertable does
/// not show it.
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
            SELECT id, compressed_hypertable_id, to_regclass('ledger.trade_events')::oid AS oid
            FROM _timescaledb_catalog.hypertable WHERE schema_name = 'ledger' AND table_name = 'trade_events'
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

internal import Postgres

/// A foreign function in the schema of TimescaleDB with the name of one that `migrate` calls.
///
/// A call names the schema, but where two functions have one name the server takes the one whose arguments fit better:
/// the owner of the database could thus run code with the rights of the administrator who runs `migrate`.
enum ShadowingFunction {
    private static let names = [
        "create_hypertable", "by_range", "time_bucket", "set_chunk_time_interval", "alter_job",
        "add_compression_policy", "remove_compression_policy", "add_retention_policy", "remove_retention_policy",
        "add_continuous_aggregate_policy",
    ]

    /// Throws where there is one.
    static func refuse(_ connection: inout Connection) throws {
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
            [.text("{\(names.joined(separator: ","))}")]
        )
        guard let function = found.rowCount == 0 ? nil : found.text(row: 0, column: 0) else { return }
        throw ReplicationError.schema(
            "function \(function) has the name of one of TimescaleDB and is not part of it",
            remedy: "find out who made it, and drop it"
        )
    }
}

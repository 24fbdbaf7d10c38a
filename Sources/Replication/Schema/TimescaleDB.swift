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

    /// Whether `ledger.events_hourly` is a continuous aggregate, which replaces the view of that name.
    static func isHourlyAggregate(_ connection: inout Connection) throws(PostgresError) -> Bool {
        guard try version(&connection) != nil else { return false }
        return try connection.isTrue(
            """
            SELECT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates
                           WHERE view_schema = 'ledger' AND view_name = 'events_hourly')
            """
        )
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

internal import Postgres

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

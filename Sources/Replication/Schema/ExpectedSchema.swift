internal import LedgerSchema
internal import Postgres

/// The catalog entries that this program's schema would produce on the same server.
///
/// The server itself computes them: the program's own statements create every object again in the session's temporary
/// schema, under another name, and a rollback removes them. So both texts come from the same server version, and any
/// login that may create temporary tables can do this.
enum ExpectedSchema {
    /// Queries the server, in a transaction that the caller rolls back.
    static func make(_ connection: inout Connection) throws(PostgresError) -> [CatalogEntry] {
        let separation = try ReaderSeparation.read(&connection)
        let files =
            Schema.migrations.map(\.sql) + [Schema.eventsHourly.sql] + Schema.repeatables.map(\.sql)
            + [Array(separation.statements.utf8)]
        for file in files { try connection.execute(disguised(String(decoding: file, as: UTF8.self))) }
        let schema = CatalogEntry.Key(object: "schema ledger", aspect: .grant, part: "ledger_writer")
        let owner = CatalogEntry.Key(object: "schema ledger", aspect: .grant, part: "owner")
        let hasWriters = try connection.isTrue("SELECT to_regrole('ledger_writer') IS NOT NULL")
        return try CatalogEntry.readExpected(&connection)
            + [
                CatalogEntry(key: owner, definition: "CREATE, USAGE"),
                CatalogEntry(
                    key: CatalogEntry.Key(object: "schema ledger", aspect: .owner, part: ""),
                    definition: "owner"
                ),
            ] + (hasWriters ? [CatalogEntry(key: schema, definition: "USAGE")] : [])
    }

    /// `ledger.trades` becomes `pg_temp."ledger$trades"`, a name that nothing else has.
    private static func disguised(_ sql: String) -> String {
        sql.replacing(/\b(ledger|public)\.([a-z_]+)/) { match in
            "pg_temp.\"\(match.output.1)$\(match.output.2)\""
        }
    }
}

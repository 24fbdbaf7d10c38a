internal import LedgerSchema
internal import Postgres

/// What the catalogs of a database say where they say what this program would make.
///
/// The server itself says so: the program's own statements make every object once more in the temporary schema of the
/// session, under another name, and a rollback takes them away. So the texts of both come from the same server, of
/// whatever version, and a login that may make temporary tables can ask.
enum ExpectedSchema {
    /// Asks the server; works within a transaction that the caller rolls back.
    static func make(_ connection: inout Connection) throws(PostgresError) -> [CatalogEntry] {
        let separation = try ReaderSeparation.read(&connection)
        let files =
            Schema.migrations.map(\.sql) + [Schema.eventsHourly.sql] + Schema.repeatables.map(\.sql)
            + [Array(separation.statements.utf8)]
        for file in files { try connection.execute(disguised(String(decoding: file, as: UTF8.self))) }
        let schema = CatalogEntry.Key(object: "schema ledger", aspect: .grant, part: "ledger_writer")
        let owner = CatalogEntry.Key(object: "schema ledger", aspect: .grant, part: "owner")
        let hasWriters = try connection.query("SELECT to_regrole('ledger_writer') IS NOT NULL")
        return try CatalogEntry.readExpected(&connection)
            + [
                CatalogEntry(key: owner, definition: "CREATE, USAGE"),
                CatalogEntry(
                    key: CatalogEntry.Key(object: "schema ledger", aspect: .owner, part: ""),
                    definition: "owner"
                ),
            ] + (hasWriters.text(row: 0, column: 0) == "t" ? [CatalogEntry(key: schema, definition: "USAGE")] : [])
    }

    /// `ledger.trades` becomes `pg_temp."ledger$trades"`, a name that nothing else has.
    private static func disguised(_ sql: String) -> String {
        sql.replacing(/\b(ledger|public)\.([a-z_]+)/) { match in
            "pg_temp.\"\(match.output.1)$\(match.output.2)\""
        }
    }
}

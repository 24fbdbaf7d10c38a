internal import LedgerSchema
internal import Postgres

/// Restores rows of `ledger.schema_migrations` that somebody deleted while the objects of their migrations still exist.
enum MigrationRecord {
    /// Whether a migration failed because its objects already exist.
    static func isThereAlready(_ error: PostgresError) -> Bool {
        // duplicate_schema, duplicate_table, duplicate_column, duplicate_object
        ["42P06", "42P07", "42701", "42710"].contains(error.sqlState)
    }

    /// Writes the missing rows if the tables are the ones that this program creates; throws otherwise.
    static func complete(_ connection: inout Connection, _ error: PostgresError) throws {
        let structure: [CatalogEntry.Aspect] = [.kind, .column, .constraint, .index, .child]
        let others = try SchemaComparison.make(&connection, for: .login).differences.filter { difference in
            structure.contains(difference.key.aspect) && !isMadeAnew(difference)
        }
        guard others.isEmpty else {
            let shown = 5
            let more = others.count > shown ? ["\(others.count - shown) more"] : []
            // A column that is missing moves those after it.
            let ordered = others.filter { $0.actual == nil } + others.filter { $0.actual != nil }
            throw ReplicationError.schema(
                "schema ledger already exists (\(error.message)), but ledger.schema_migrations does not record it, and "
                    + "the schema differs from the one that migrate creates: "
                    + (ordered.prefix(shown).map(\.description) + more).joined(separator: "; "),
                remedy: "find out who changed the database; restore it from a backup, or replicate into a new one"
            )
        }
        // Somebody's trigger on the table would run with the rights of this login.
        _ = try Migrator.restoreTables(&connection) { $0 == "ledger.schema_migrations" }
        let missing = try Migrator.missingMigrations(&connection)
        try connection.withTransaction { connection in
            for migration in missing { try Migrator.note(migration, &connection) }
        }
    }

    /// Whether it is a view or a function, which every run makes anew.
    private static func isMadeAnew(_ difference: SchemaComparison.Difference) -> Bool {
        difference.key.aspect == .kind && difference.remedy == .migrate && difference.expected != "r"
    }
}

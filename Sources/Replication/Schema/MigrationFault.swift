internal import LedgerSchema
internal import Postgres

/// What `migrate` does about a statement that fails: it says what helps, or removes the cause.
enum MigrationFault {
    /// The error of a statement that restores a table but fails because of existing rows.
    static func inTheWay(_ error: any Error, of statement: String) -> any Error {
        // not_null_violation, unique_violation, check_violation
        guard let error = error as? PostgresError, ["23502", "23505", "23514"].contains(error.sqlState) else {
            return error
        }
        // No log says which ledgers a login has.
        let isOfLogins = statement.contains("_ledgers")
        return ReplicationError.diverged(
            "rows of the database are in the way of what migrate would restore: \(error.message) (\(statement))",
            remedy: isOfLogins
                ? "delete them, then run `tradeledger migrate` again"
                : "run `tradeledger replicate --repair --once` for each ledger, then `tradeledger migrate` again"
        )
    }

    /// The error of a run that failed because an object of the schema has another owner than the schema.
    static func explained(_ error: any Error, _ connection: inout Connection) -> any Error {
        let insufficientPrivilege = "42501"
        guard let fault = error as? PostgresError, fault.sqlState == insufficientPrivilege, !connection.isBroken else {
            return error
        }
        do throws(PostgresError) {
            let foreign = try SchemaComparison.make(&connection, for: .login).differences.filter { difference in
                difference.key.aspect == .owner && difference.remedy != .migrate
            }
            guard !foreign.isEmpty else { return error }
            return ReplicationError.schema(
                "\(fault.message): objects of the schema belong to others than the owner of the schema: "
                    + foreign.map(\.instruction).joined(separator: "; "),
                remedy: "then run `tradeledger migrate` again"
            )
        } catch {
            // The fault itself says more than that its reason cannot be looked for.
            return fault
        }
    }
}

extension MigrationFault {
    /// Whether a migration failed because its objects already exist: somebody deleted its row of
    /// `ledger.schema_migrations`.
    static func isAboutPresentObject(_ error: PostgresError) -> Bool {
        // duplicate_schema, duplicate_table, duplicate_column, duplicate_object
        ["42P06", "42P07", "42701", "42710"].contains(error.sqlState)
    }

    /// Writes the missing rows if the tables are the ones that this program creates; throws otherwise.
    static func completeRecord(_ connection: inout Connection, _ error: PostgresError) throws {
        let structure: [CatalogEntry.Aspect] = [.kind, .column, .constraint, .index, .child]
        let others = try SchemaComparison.make(&connection, for: .login).differences.filter { difference in
            structure.contains(difference.key.aspect) && !isMadeAnew(difference)
        }
        guard others.isEmpty else {
            let shown = 5
            let more = others.count > shown ? ["\(others.count - shown) more"] : []
            // A column that is missing moves those after it.
            let ordered = others.filter { $0.actual == nil } + others.filter { $0.actual != nil }
            let differences = (ordered.prefix(shown).map(\.description) + more).joined(separator: "; ")
            // Schema public has tables of others, and one of them may have the name.
            let isOfOthers = others.allSatisfy { $0.key.object == "public.price_data" }
            guard !isOfOthers else {
                throw ReplicationError.schema(
                    "public.price_data already exists and is not the table that migrate creates: \(differences)",
                    remedy: "rename it or move it to another schema, then run `tradeledger migrate` again"
                )
            }
            throw ReplicationError.schema(
                "schema ledger already exists (\(error.message)), but ledger.schema_migrations does not record it, and "
                    + "the schema differs from the one that migrate creates: \(differences)",
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

extension MigrationFault {
    /// Whether a view or a function blocks its own new definition.
    ///
    /// `CREATE OR REPLACE` cannot take a column from a view, nor change what a function returns.
    static func isAboutReplacement(_ error: PostgresError) -> Bool {
        // invalid_table_definition, invalid_function_definition
        ["42P16", "42P13"].contains(error.sqlState)
    }

    /// Drops all views and functions but the continuous aggregates, to be created again in the same transaction.
    ///
    /// Throws if a foreign object depends on one of them, and names it.
    static func dropReplaceables(_ connection: inout Connection, keeping aggregates: Set<String>) throws {
        try connection.execute("SAVEPOINT expectation")
        let own = Set(
            try CatalogEntry.readExpected(&connection).filter { $0.key.aspect == .definition }.map(\.key.object)
        )
        try connection.execute("ROLLBACK TO expectation")
        let names = own.subtracting(aggregates).sorted()
        let list = Parameter.text("{\(names.map { "\"\($0)\"" }.joined(separator: ","))}")
        let dependent = try connection.query(dependents, [list])
        guard dependent.rowCount == 0 else {
            let found = (0..<dependent.rowCount).compactMap { dependent.text(row: $0, column: 0) }
            throw ReplicationError.schema(
                "a view of the ledger has to be dropped and created again, and these depend on it: "
                    + found.joined(separator: ", "),
                remedy: "nothing was changed; drop them, run `tradeledger migrate`, and create them again"
            )
        }
        let present = try connection.query(
            "SELECT name, name LIKE '%(%' FROM unnest($1::text[]) AS name WHERE \(Self.identifier) IS NOT NULL",
            [list]
        )
        for row in 0..<present.rowCount {
            guard let name = present.text(row: row, column: 0) else { continue }
            let kind = present.text(row: row, column: 1) == "t" ? "FUNCTION" : "VIEW"
            try connection.execute("DROP \(kind) IF EXISTS \(name) CASCADE")
        }
    }

    private static let identifier =
        "CASE WHEN name LIKE '%(%' THEN to_regprocedure(name)::oid ELSE to_regclass(name)::oid END"

    /// What depends on the objects that `$1` names, or on their row types, and is none of them.
    private static let dependents = """
        WITH own AS (
            SELECT \(identifier) AS oid FROM unnest($1::text[]) AS name
            UNION ALL
            SELECT reltype FROM pg_class JOIN unnest($1::text[]) AS name ON pg_class.oid = \(identifier)
        )
        SELECT DISTINCT coalesce(ev_class::regclass::text, pg_describe_object(classid, objid, 0))
        FROM pg_depend
        LEFT JOIN pg_rewrite ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid
        WHERE refobjid IN (SELECT oid FROM own) AND deptype = 'n'
          -- The policies of the ledger's tables are made again with the views.
          AND classid <> 'pg_policy'::regclass
          AND refclassid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)
          AND coalesce(ev_class, objid) NOT IN (SELECT oid FROM own WHERE oid IS NOT NULL)
        ORDER BY 1
        """
}

internal import Postgres

/// Drops the views and functions of the schema if one of them blocks its own new definition.
///
/// `CREATE OR REPLACE` cannot take a column from a view, nor change what a function returns. All are then dropped and
/// created again in one transaction, unless other objects depend on them.
enum ReplaceableObjects {
    /// Whether `CREATE OR REPLACE` failed because of the existing object.
    static func isInTheWay(_ error: PostgresError) -> Bool {
        // invalid_table_definition, invalid_function_definition
        ["42P16", "42P13"].contains(error.sqlState)
    }

    /// Drops them all; throws if a foreign object depends on one of them, and names it.
    static func dropAll(_ connection: inout Connection, keepingHourly: Bool) throws {
        try connection.execute("SAVEPOINT expectation")
        let own = Set(try ExpectedSchema.make(&connection).filter { $0.key.aspect == .definition }.map(\.key.object))
        try connection.execute("ROLLBACK TO expectation")
        let names = own.filter { !keepingHourly || $0 != "ledger.events_hourly" }.sorted()
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

internal import Postgres

/// Says how each difference of a schema goes away.
struct SchemaRemedies {
    private let runner: SchemaComparison.Runner
    /// Whether the runner may give objects of an owner to the owner of the schema, by the owner that they have.
    private var mayReassign: [String: Bool] = [:]

    /// The owner of the schema, as SQL writes the name.
    private var schemaOwner: String?

    init(_ runner: SchemaComparison.Runner) { self.runner = runner }

    private static let elsewhere = "restore the database from a backup, or replicate into a new one"

    /// The remedy of one difference between the objects of the catalogs.
    mutating func remedy(
        _ connection: inout Connection,
        _ key: CatalogEntry.Key,
        expected: String?,
        actual: String?
    ) throws(PostgresError) -> SchemaComparison.Remedy {
        switch key.aspect {
        case .kind: Self.ofKind(key.object, expected, actual)
        case .column: Self.ofColumn(key, expected, actual)
        case .owner: try ofOwner(&connection, key.object, expected, actual)
        default: .migrate
        }
    }

    private static func ofKind(
        _ object: String,
        _ expected: String?,
        _ actual: String?
    ) -> SchemaComparison.Remedy {
        // What `migrate` drops, and what it makes anew in every run.
        if isFunction(object, actual ?? expected), expected == nil || actual == nil { return .migrate }
        switch (expected, actual) {
        case ("r", "r unlogged"), ("v", nil): return .migrate
        case (_, nil), ("r", _): return .person(elsewhere)
        case (_, let actual?):
            let removal = "drop it with DROP \(name(ofKind: actual)) \(object)"
            return .person(expected == nil ? "\(removal), or move it elsewhere" : "\(removal), or rename it")
        }
    }

    /// Whether it is a function; the catalogs give a foreign table the same letter.
    static func isFunction(_ object: String, _ kind: String?) -> Bool { kind == "f" && object.contains("(") }

    private static func name(ofKind kind: String) -> String {
        switch kind.first {
        case "v": "VIEW"
        case "m": "MATERIALIZED VIEW"
        case "f": "FOREIGN TABLE"
        case "S": "SEQUENCE"
        default: "TABLE"
        }
    }

    private static func ofColumn(
        _ key: CatalogEntry.Key,
        _ expected: String?,
        _ actual: String?
    ) -> SchemaComparison.Remedy {
        guard let expected, let actual else {
            return .person(
                expected == nil ? "drop it with ALTER TABLE \(key.object) DROP COLUMN \"\(key.part)\"" : elsewhere
            )
        }
        return type(expected) == type(actual) ? .migrate : .person(elsewhere)
    }

    /// A column's place and type, without what `migrate` sets.
    private static func type(_ definition: String) -> String {
        let rest = definition.replacing("NOT NULL", with: "")
        return rest.split(separator: "DEFAULT ").first.map(String.init)?.split(separator: " ").joined(separator: " ")
            ?? ""
    }

    /// A login gives away what it owns alone, so the owner of the schema cannot take back what became another's.
    private mutating func ofOwner(
        _ connection: inout Connection,
        _ object: String,
        _ expected: String?,
        _ actual: String?
    ) throws(PostgresError) -> SchemaComparison.Remedy {
        guard expected != nil, let actual else { return .migrate }
        if mayReassign[actual] == nil {
            let found = try connection.query(
                """
                SELECT pg_has_role(pg_roles.oid, $1::regrole, 'USAGE')
                        AND pg_has_role(pg_roles.oid, owner.oid, 'USAGE'),
                    owner.oid::regrole
                FROM pg_roles, (SELECT nspowner AS oid FROM pg_namespace WHERE nspname = 'ledger') AS owner
                WHERE \(runner.condition)
                """,
                [.text(actual)]
            )
            mayReassign[actual] = found.text(row: 0, column: 0) == "t"
            schemaOwner = found.text(row: 0, column: 1)
        }
        guard mayReassign[actual] == false, let schemaOwner else { return .migrate }
        return .administrator(SchemaRestore.ownerStatement(object, schemaOwner))
    }
}

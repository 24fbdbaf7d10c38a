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

/// The statements that restore tables whose definition was changed.
///
/// Views, functions, policies and grants to roles of the ledger are made anew by `Schema.repeatables`; what blocks them
/// is dropped here.
struct SchemaRestore {
    /// Drops what is unexpected or has to be created again.
    private(set) var removals: [String] = []
    /// Creates what is then missing.
    private(set) var additions: [String] = []
    /// Takes rights away, also those that `Schema.repeatables` grants again.
    private(set) var revocations: [String] = []

    /// The statements for some differences; `owner` is the quoted name of the owner of schema `ledger`.
    init(_ differences: [SchemaComparison.Difference], owner: String) {
        for difference in differences { add(difference, owner) }
    }

    private mutating func add(_ difference: SchemaComparison.Difference, _ owner: String) {
        let (object, part) = (difference.key.object, Self.quoted(difference.key.part))
        let (expected, actual) = (difference.expected, difference.actual)
        switch difference.key.aspect {
        case .trigger, .rule, .policy:
            if actual != nil { removals.append("DROP \(difference.key.aspect.rawValue) \(part) ON \(object)") }
        case .index:
            if actual != nil { removals.append("DROP INDEX \(Self.schema(object)).\(part)") }
            if let expected { additions.append(expected) }
        case .constraint:
            if actual != nil { removals.append("ALTER TABLE \(object) DROP CONSTRAINT \(part)") }
            if let expected { additions.append("ALTER TABLE \(object) ADD CONSTRAINT \(part) \(expected)") }
        case .column: addColumn(object, part, expected, actual)
        case .rowSecurity:
            // It goes on in the transaction that makes its policies: without these it hides every row.
            if expected?.hasPrefix("f") == true { additions.append("ALTER TABLE \(object) DISABLE ROW LEVEL SECURITY") }
            if actual?.hasSuffix("t") == true { additions.append("ALTER TABLE \(object) NO FORCE ROW LEVEL SECURITY") }
        case .child: removals.append("ALTER TABLE \(difference.key.part) NO INHERIT \(object)")
        case .kind:
            if actual == "r unlogged" { additions.append("ALTER TABLE \(object) SET LOGGED") }
            if expected == nil, SchemaRemedies.isFunction(object, actual) { removals.append("DROP FUNCTION \(object)") }
        case .options: addOptions(object, expected, actual)
        case .owner: additions.append(Self.ownerStatement(object, owner))
        case .grant, .columnGrant: addGrant(difference, owner)
        case .setting, .attribute, .membership:
            // Of roles that the login may not change `migrate` says what an administrator has to run.
            if difference.remedy == .migrate { additions.append(RoleComparison.statement(difference.key)) }
        case .definition: break
        }
    }

    /// Another type, and a column that is missing or does not belong, are for a person to look at.
    private mutating func addColumn(_ object: String, _ part: String, _ expected: String?, _ actual: String?) {
        guard let expected, let actual else { return }
        if actual.contains("DEFAULT ") { removals.append("ALTER TABLE \(object) ALTER \(part) DROP DEFAULT") }
        if let value = expected.split(separator: "DEFAULT ", maxSplits: 1).dropFirst().first {
            additions.append("ALTER TABLE \(object) ALTER \(part) SET DEFAULT \(value)")
        }
        let nullability = expected.contains("NOT NULL") ? "SET" : "DROP"
        additions.append("ALTER TABLE \(object) ALTER \(part) \(nullability) NOT NULL")
    }

    private mutating func addOptions(_ object: String, _ expected: String?, _ actual: String?) {
        if let actual {
            let names = actual.split(separator: ",").map { $0.prefix { $0 != "=" } }
            removals.append("ALTER TABLE \(object) RESET (\(names.joined(separator: ",")))")
        }
        if let expected { additions.append("ALTER TABLE \(object) SET (\(expected))") }
    }

    private mutating func addGrant(_ difference: SchemaComparison.Difference, _ owner: String) {
        let key = difference.key
        let object = key.object == "schema ledger" ? key.object : "\(Self.kind(key.object)) \(key.object)"
        if key.part == "owner" {
            additions.append("GRANT ALL ON \(object) TO \(owner)")
        } else if difference.actual != nil {
            revocations.append("REVOKE ALL ON \(object) FROM \(key.part) CASCADE")
        }
    }

    /// The statement that gives an object to the owner of the schema.
    static func ownerStatement(_ object: String, _ owner: String) -> String {
        "ALTER \(kind(object)) \(object) OWNER TO \(owner)"
    }

    private static func schema(_ object: String) -> Substring { object.prefix { $0 != "." } }

    /// What ALTER and GRANT call it; a view is a table to both.
    private static func kind(_ object: String) -> String { object.contains("(") ? "FUNCTION" : "TABLE" }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}

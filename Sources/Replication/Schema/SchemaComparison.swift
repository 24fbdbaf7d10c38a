internal import Postgres
internal import Replay

/// The schema of a database compared with the one that this program makes.
struct SchemaComparison {
    /// How a difference goes away.
    enum Remedy: Equatable {
        /// `migrate` restores it.
        case migrate
        /// The login that runs `migrate` may not: an administrator of the server runs this statement.
        case administrator(String)
        /// Nobody but a person knows what was meant; what to do, in words.
        case person(String)
    }

    /// Whose rights decide what `migrate` may undo.
    enum Runner {
        /// The owner of the schema, who runs it mostly.
        case owner
        /// The login of this session.
        case login

        /// Finds it among `pg_roles`, beside a row `owner`.
        var condition: String { self == .owner ? "pg_roles.oid = owner.oid" : "pg_roles.rolname = current_user" }
    }

    /// One fact that differs in the database.
    struct Difference {
        let key: CatalogEntry.Key
        /// What the program creates; nil if it creates none.
        let expected: String?
        /// What the database has; nil if it has none.
        let actual: String?
        /// How it goes away.
        let remedy: Remedy

        /// In words: `ledger.trades: constraint trades_status_check is missing`.
        var description: String {
            let kind: String
            switch key.aspect {
            case .grant, .columnGrant: kind = "\(key.aspect.rawValue) to \(key.part)"
            case .child: kind = "table \(key.part), which inherits from it,"
            case .column, .constraint, .index, .trigger, .rule, .policy: kind = "\(key.aspect.rawValue) \(key.part)"
            case .kind, .options, .rowSecurity, .definition, .owner: kind = key.aspect.rawValue
            case .setting: return "role \(key.object) has the setting \(actual ?? "")"
            case .attribute: return "role \(key.object) has the attribute \(key.part)"
            case .membership:
                let others = actual == key.part ? "" : " (\(actual ?? ""))"
                return "role \(key.object) is a member of \(key.part)\(others)"
            }
            let isWhole = key.aspect == .kind && (expected == nil || actual == nil)
            let place = isWhole ? key.object : "\(key.object): \(kind)"
            if expected == nil { return "\(place) does not belong" }
            return actual == nil ? "\(place) is missing" : "\(place) differs"
        }

        /// Whether a person has to change an object of the database before `migrate` can make the rest.
        var isForPerson: Bool {
            guard case .person = remedy else { return false }
            return !key.aspect.isOfRole
        }

        /// What it is, and what to do where `migrate` does not do it.
        var instruction: String {
            switch remedy {
            case .migrate: description
            case .administrator(let statement): "\(description): an administrator runs \(statement)"
            case .person(let advice): "\(description): \(advice)"
            }
        }
    }

    /// How many tables, views and functions there should be.
    let objectCount: Int
    /// What differs, by object.
    let differences: [Difference]

    /// Compares in a transaction of its own that changes nothing.
    static func make(
        _ connection: inout Connection,
        for runner: Runner
    ) throws(PostgresError) -> SchemaComparison {
        try connection.execute("BEGIN")
        let comparison: SchemaComparison
        do throws(PostgresError) {
            comparison = try SchemaComparison(&connection, runner)
        } catch {
            if !connection.isBroken { try connection.execute("ROLLBACK") }
            throw error
        }
        try connection.execute("ROLLBACK")
        return comparison
    }

    private init(_ connection: inout Connection, _ runner: Runner) throws(PostgresError) {
        var expected = Self.dictionary(try CatalogEntry.readExpected(&connection))
        objectCount = Set(expected.keys.map(\.object)).count
        // A function is found by its name alone, whatever its arguments.
        let publicNames = Set(expected.keys.map(\.object).filter { $0.hasPrefix("public.") })
            .map { String($0.prefix { $0 != "(" }) }
        var actual = Self.dictionary(try CatalogEntry.read(&connection, publicNames: publicNames))
        for name in try TimescaleDB.aggregates(&connection) {
            // The extension writes the query of a continuous aggregate, in words of its own.
            for aspect in [CatalogEntry.Aspect.definition, .options] {
                let key = CatalogEntry.Key(object: name, aspect: aspect, part: "")
                (expected[key], actual[key]) = (nil, nil)
            }
        }
        var remedies = SchemaRemedies(runner)
        var found: [Difference] = []
        for key in Set(expected.keys).union(actual.keys) where expected[key] != actual[key] {
            let remedy = try remedies.remedy(&connection, key, expected: expected[key], actual: actual[key])
            found.append(Difference(key: key, expected: expected[key], actual: actual[key], remedy: remedy))
        }
        // All facts about an object that is missing or unexpected are reported as one.
        let whole = Set(
            found.filter { $0.key.aspect == .kind && ($0.expected == nil || $0.actual == nil) }.map(\.key.object)
        )
        // What columns a view has follows from its query.
        let redefined = Set(found.filter { $0.key.aspect == .definition }.map(\.key.object))
        found.removeAll { difference in
            whole.contains(difference.key.object) && difference.key.aspect != .kind
                || redefined.contains(difference.key.object) && difference.key.aspect == .column
        }
        found += try ChunkComparison.differences(&connection)
        found += try RoleComparison.differences(&connection, runner)
        differences = found.sorted { $0.description < $1.description }
    }

    private static func dictionary(_ entries: [CatalogEntry]) -> [CatalogEntry.Key: String] {
        Dictionary(entries.map { ($0.key, $0.definition) }) { first, _ in first }
    }
}

/// Checks that the tables, views, functions and rights of a database are the ones that `migrate` makes.
struct SchemaCheck {
    let check: AuditCheck
    /// Whether each table is a table: reading a view in its place would call any function in that view.
    let areTablesThere: Bool

    /// Compares; changes nothing.
    static func run(_ connection: inout Connection) throws(PostgresError) -> SchemaCheck {
        let name = "database schema"
        let comparison: SchemaComparison
        do throws(PostgresError) {
            comparison = try SchemaComparison.make(&connection, for: .owner)
        } catch {
            let readOnly = "25006"
            guard error.sqlState == readOnly else { throw error }
            let check = AuditCheck(name: name, extent: "not compared: this server is read-only")
            return SchemaCheck(check: check, areTablesThere: true)
        }
        let problem = problem(comparison.differences)
        let check = AuditCheck(name: name, extent: counted(comparison.objectCount, "object"), problem: problem)
        let areTablesThere = !comparison.differences.contains {
            $0.key.aspect == .kind && $0.expected == "r" && $0.actual?.hasPrefix("r") != true
        }
        return SchemaCheck(check: check, areTablesThere: areTablesThere)
    }

    /// What differs and what to do: first what `migrate` restores, then the rest, each with what makes it go away.
    private static func problem(_ differences: [SchemaComparison.Difference]) -> String? {
        let restored = differences.filter { $0.remedy == .migrate }.map(\.description)
        let others = differences.filter { $0.remedy != .migrate }.map(\.instruction)
        let migrate = restored.isEmpty ? [] : ["run `tradeledger migrate` as the owner of the schema"]
        return differences.isEmpty ? nil : (restored + migrate + others).joined(separator: "; ")
    }
}

internal import Postgres

/// The schema of a database compared with the one that this program makes.
struct SchemaComparison {
    /// One fact that is another one in the database.
    struct Difference {
        let key: CatalogEntry.Key
        /// What the program makes; nil where it makes none.
        let expected: String?
        /// What the database has; nil where it has none.
        let actual: String?

        /// In words: `ledger.trades: constraint trades_status_check is missing`.
        var description: String {
            let kind: String
            switch key.aspect {
            case .grant, .columnGrant: kind = "\(key.aspect.rawValue) to \(key.part)"
            case .child: kind = "table \(key.part), which inherits from it,"
            case .column, .constraint, .index, .trigger, .rule, .policy, .setting:
                kind = "\(key.aspect.rawValue) \(key.part)"
            case .kind, .options, .rowSecurity, .definition, .owner: kind = key.aspect.rawValue
            }
            if key.aspect == .setting { return "role \(key.object) has the setting \(actual ?? "")" }
            let isWhole = key.aspect == .kind && (expected == nil || actual == nil)
            let place = isWhole ? key.object : "\(key.object): \(kind)"
            if expected == nil { return "\(place) does not belong" }
            return actual == nil ? "\(place) is missing" : "\(place) differs"
        }
    }

    /// How many tables, views and functions there should be.
    let objectCount: Int
    /// What differs, by object.
    let differences: [Difference]

    /// Compares in a transaction of its own that changes nothing.
    static func make(_ connection: inout Connection) throws(PostgresError) -> SchemaComparison {
        try connection.execute("BEGIN")
        let comparison: SchemaComparison
        do throws(PostgresError) {
            comparison = try SchemaComparison(&connection)
        } catch {
            if !connection.isBroken { try connection.execute("ROLLBACK") }
            throw error
        }
        try connection.execute("ROLLBACK")
        return comparison
    }

    private init(_ connection: inout Connection) throws(PostgresError) {
        var expected = Self.dictionary(try ExpectedSchema.make(&connection))
        objectCount = Set(expected.keys.map(\.object)).count
        // A function is found by its name alone, whatever its arguments.
        let publicNames = Set(expected.keys.map(\.object).filter { $0.hasPrefix("public.") })
            .map { String($0.prefix { $0 != "(" }) }
        var actual = Self.dictionary(try CatalogEntry.read(&connection, publicNames: publicNames))
        if try Migrator.isHourlyAggregate(&connection) {
            // The extension writes the query of a continuous aggregate, in words of its own.
            for aspect in [CatalogEntry.Aspect.definition, .options] {
                let key = CatalogEntry.Key(object: "ledger.events_hourly", aspect: aspect, part: "")
                (expected[key], actual[key]) = (nil, nil)
            }
        }
        var found: [Difference] = []
        for key in Set(expected.keys).union(actual.keys) where expected[key] != actual[key] {
            found.append(Difference(key: key, expected: expected[key], actual: actual[key]))
        }
        // All facts about an object that is missing, or does not belong, come to one.
        let whole = Set(
            found.filter { $0.key.aspect == .kind && ($0.expected == nil || $0.actual == nil) }.map(\.key.object)
        )
        differences = found.filter { !whole.contains($0.key.object) || $0.key.aspect == .kind }
            .sorted { $0.description < $1.description }
    }

    private static func dictionary(_ entries: [CatalogEntry]) -> [CatalogEntry.Key: String] {
        Dictionary(entries.map { ($0.key, $0.definition) }) { first, _ in first }
    }
}

internal import Postgres
internal import Replay

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

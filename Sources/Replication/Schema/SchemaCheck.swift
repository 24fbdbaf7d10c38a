internal import Postgres
internal import Replay

/// Checks that the tables, views, functions and rights of a database are the ones that `migrate` makes.
struct SchemaCheck {
    let check: AuditCheck
    /// Whether each table is one: reading a view in its place would call whatever functions somebody put into it.
    let areTablesThere: Bool

    /// Compares; changes nothing.
    static func run(_ connection: inout Connection) throws(PostgresError) -> SchemaCheck {
        let name = "database schema"
        let comparison: SchemaComparison
        do throws(PostgresError) {
            comparison = try SchemaComparison.make(&connection)
        } catch {
            let readOnly = "25006"
            guard error.sqlState == readOnly else { throw error }
            let check = AuditCheck(name: name, extent: "not compared: this server is read-only")
            return SchemaCheck(check: check, areTablesThere: true)
        }
        let differences = comparison.differences.map(\.description)
        let problem =
            differences.isEmpty
            ? nil : differences.joined(separator: "; ") + "; run `tradeledger migrate` as the owner of the schema"
        let check = AuditCheck(name: name, extent: counted(comparison.objectCount, "object"), problem: problem)
        let areTablesThere = !comparison.differences.contains {
            $0.key.aspect == .kind && $0.expected == "r" && $0.actual?.hasPrefix("r") != true
        }
        return SchemaCheck(check: check, areTablesThere: areTablesThere)
    }
}

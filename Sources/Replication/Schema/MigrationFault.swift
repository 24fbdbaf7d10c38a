internal import Postgres

/// Explains why `migrate` failed, and which command or statement helps.
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

internal import LedgerSchema
internal import Postgres

/// One step that a run of `migrate` would take, or that it leaves to an administrator.
package struct MigrationStep: Equatable, Sendable {
    /// What is changed.
    package enum Kind: String, Sendable {
        /// A numbered file of `schema/` is applied.
        case migration
        /// The extension TimescaleDB is made.
        case `extension`
        /// A table becomes a hypertable; rows that it has move into chunks.
        case hypertable
        /// A policy of the hypertable is made or changed.
        case policy
        /// A role is made.
        case role
        /// Logins lose the right to call a function.
        case function
        /// Something that somebody changed is made again what `migrate` makes.
        case restore
    }

    /// Who takes it.
    package enum Actor: String, Sendable {
        case migrate
        /// An administrator of the server: the login may not.
        case administrator
        /// Somebody who knows what was meant.
        case person
    }

    package let kind: Kind
    /// The name of the file, extension, table or role, the function with its arguments, or the policy in words.
    package let name: String
    /// Who takes it.
    package let actor: Actor
    /// What an administrator has to run, or a person has to do; nil where `migrate` does it.
    package let statement: String?

    init(_ kind: Kind, _ name: String, administratorStatement: String? = nil) {
        self.kind = kind
        self.name = name
        actor = administratorStatement == nil ? .migrate : .administrator
        statement = administratorStatement
    }

    init(restoring difference: SchemaComparison.Difference) {
        kind = .restore
        name = difference.description
        switch difference.remedy {
        case .migrate: (actor, statement) = (.migrate, nil)
        case .administrator(let statement): (actor, self.statement) = (.administrator, statement)
        case .person(let advice): (actor, statement) = (.person, advice)
        }
    }
}

extension Migrator {
    private static let roles = ["ledger_writer", "ledger_reader"]

    /// What `run()` would do, in that order, without doing it; after a run, the steps that it had to leave.
    ///
    /// Changes nothing. It lists the objects that somebody changed only if no migration is missing, because a migration
    /// may change the same objects.
    package mutating func plan() throws(ReplicationError) -> [MigrationStep] {
        try ReplicationError.converting(at: connection.endpoint) {
            try SessionSettings.pin(&connection)
            let steps = try connection.withTransaction { connection in
                try connection.execute("SET TRANSACTION READ ONLY")
                return try Self.missingMigrations(&connection).map { MigrationStep(.migration, $0.fileName) }
                    + Self.timescaleDBSteps(&connection, policies)
                    + Self.roleSteps(&connection)
            }
            guard try Self.missingMigrations(&connection).isEmpty else { return steps }
            let comparison = try SchemaComparison.make(&connection, for: .login)
            return steps + comparison.differences.map(MigrationStep.init(restoring:))
        }
    }

    private static func timescaleDBSteps(
        _ connection: inout Connection,
        _ policies: HypertablePolicies
    ) throws -> [MigrationStep] {
        guard try TimescaleDB.isOffered(&connection) else { return [] }
        guard try TimescaleDB.version(&connection) != nil else {
            let hypertables = TimescaleDB.hypertables.map { MigrationStep(.hypertable, $0) }
            return [MigrationStep(.extension, "timescaledb")] + hypertables + policySteps(policies)
        }
        let present = try TimescaleDB.presentHypertables(&connection)
        let missing = TimescaleDB.hypertables.filter { !present.contains($0) }
        return try missing.map { MigrationStep(.hypertable, $0) }
            + policySteps(missing.isEmpty ? policies.changes(from: .read(&connection)) : policies)
            + UnguardedFunction.all(&connection).map { function in
                let statement = function.isRevocable ? nil : function.revocation
                return MigrationStep(.function, function.signature, administratorStatement: statement)
            }
    }

    private static func policySteps(_ changes: HypertablePolicies) -> [MigrationStep] {
        changes == HypertablePolicies() ? [] : [MigrationStep(.policy, changes.description)]
    }

    private static func roleSteps(_ connection: inout Connection) throws -> [MigrationStep] {
        let mayMakeRoles = try connection.isTrue(
            "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        return try roles.filter { role in
            try connection.isTrue("SELECT to_regrole($1) IS NULL", [.text(role)])
        }.map { role in
            MigrationStep(.role, role, administratorStatement: mayMakeRoles ? nil : "CREATE ROLE \(role)")
        }
    }
}

extension Migration {
    /// The name of its file without the extension: `004_trades`.
    fileprivate var fileName: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 3 - digits.count)) + digits + "_" + name
    }
}

internal import LedgerSchema
package import Postgres

/// Brings the schema of a database up to date.
///
/// Concurrent runs wait for each other.
package struct Migrator: ~Copyable {
    /// What a run did and found.
    package struct Outcome: Sendable {
        /// The migrations that were applied, by file name.
        package var applied: [String] = []
        /// The version of the extension, nil on plain PostgreSQL.
        package var timescaleDBVersion: String?
        /// How the extension keeps the events and the candles, nil on plain PostgreSQL.
        package var policies: HypertablePolicies?
    }

    var connection: Connection
    private let lockMilliseconds: Int
    let policies: HypertablePolicies
    let separation: ReaderSeparation?

    /// Before this migration there is no replication to wait for.
    private static let replicationMigrationNumber = 3

    /// The key of the advisory lock under which migrations run: "TRADELGR" as a number.
    private static let lockKey: Int64 = 0x5452_4144_454C_4752

    /// Works through a session of the schema's owner.
    ///
    /// It waits this many milliseconds for a table that others use; other sessions that want the table queue up behind
    /// it. Policies and separation are set if given, and otherwise stay unchanged.
    package init(
        _ connection: consuming Connection,
        lockMilliseconds: Int = 10_000,
        policies: HypertablePolicies = HypertablePolicies(),
        separation: ReaderSeparation? = nil
    ) {
        self.connection = connection
        self.lockMilliseconds = lockMilliseconds
        self.policies = policies
        self.separation = separation
    }

    /// Throws where the server cannot make a hypertable, before anything is changed.
    package mutating func requireTimescaleDB() throws(ReplicationError) {
        try ReplicationError.converting(at: connection.endpoint) {
            try SessionSettings.pin(&connection)
            guard try TimescaleDB.isOffered(&connection) else {
                throw ReplicationError.schema(
                    "the server has no TimescaleDB loaded, and nothing was changed",
                    remedy: "add it to shared_preload_libraries, or leave out --require-timescaledb"
                )
            }
        }
    }

    /// Applies missing migrations, creates the hypertables if the extension is available, and reverts changes to the
    /// schema.
    package mutating func run() throws(ReplicationError) -> Outcome {
        try ReplicationError.converting(at: connection.endpoint) {
            do { return try migrate() } catch {
                throw MigrationFault.explained(LockHolder.adding(to: error, &connection), &connection)
            }
        }
    }

    private mutating func migrate() throws -> Outcome {
        try SessionSettings.pin(&connection)
        _ = try connection.query("SELECT pg_advisory_lock($1)", [.text(String(Self.lockKey))])
        // Set after the wait for another run, which may take any time.
        try connection.execute("SET lock_timeout = '\(lockMilliseconds)ms'")
        let version = try SchemaVersion.read(&connection)
        try version.checkNotNewer()
        var outcome = Outcome()
        // A run writes into this table, and a foreign trigger on it would run with the rights of this login.
        if version.number > 0 { _ = try Self.restoreTables(&connection) { $0 == "ledger.schema_migrations" } }
        outcome.applied = try Self.applyMissing(&connection)
        let isNew = outcome.applied.count == SchemaVersion.newest
        let revocations = try isNew ? [] : Self.restoreTables(&connection) { _ in true }
        outcome.timescaleDBVersion = try Self.prepareTimescaleDB(&connection)
        if outcome.timescaleDBVersion != nil {
            try policies.changes(from: HypertablePolicies.read(&connection)).apply(&connection)
            outcome.policies = try HypertablePolicies.read(&connection)
        }
        try applyRepeatables(after: revocations)
        if !isNew { try Self.checkRestored(&connection) }
        _ = try connection.query("SELECT pg_advisory_unlock($1)", [.text(String(Self.lockKey))])
        return outcome
    }

    /// Makes the roles, the views, the functions and the rights to them, in one transaction.
    ///
    /// Rights are taken away in it too, so that no session finds itself without those that it should have.
    private mutating func applyRepeatables(after revocations: [String]) throws {
        try connection.withTransaction { connection in
            // Rights on a hypertable go to each of its chunks: no batch may be making one meanwhile.
            try connection.execute("LOCK TABLE ledger.replication IN EXCLUSIVE MODE")
            for revocation in revocations { try connection.execute(revocation) }
            try connection.execute(Schema.roles)
            let chosen = try separation ?? ReaderSeparation.read(&connection)
            let aggregates = try TimescaleDB.aggregates(&connection)
            // A right is granted to what takes the place of a view, so the aggregates come before the rights.
            let files =
                Schema.aggregatedViews.filter { !aggregates.contains($0.name) }.map(\.file)
                + [Schema.continuousAggregates] + Schema.repeatables
            try connection.execute("SAVEPOINT definitions")
            do {
                for file in files { try connection.execute(file.sql) }
            } catch let error as PostgresError where MigrationFault.isAboutReplacement(error) {
                try connection.execute("ROLLBACK TO definitions")
                try MigrationFault.dropReplaceables(&connection, keeping: aggregates)
                for file in files { try connection.execute(file.sql) }
            }
            try connection.execute(chosen.statements)
        }
    }

    /// Restores tables whose definition was changed.
    ///
    /// Returns the statements that take away what rights do not belong.
    static func restoreTables(
        _ connection: inout Connection,
        _ isChosen: (String) -> Bool
    ) throws -> [String] {
        let differences = try SchemaComparison.make(&connection, for: .login).differences
            .filter { isChosen($0.key.object) }
        guard !differences.isEmpty else { return [] }
        // Views that are made again beside a column that does not belong would take it in.
        try refuse(differences.filter(\.isForPerson), "nothing was restored")
        let owner = try connection.query(
            "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'ledger'"
        )
        let restore = SchemaRestore(differences, owner: owner.text(row: 0, column: 0) ?? "")
        try connection.withTransaction { connection in
            for statement in restore.removals + restore.additions {
                do {
                    try connection.execute(statement)
                } catch { throw MigrationFault.inTheWay(error, of: statement) }
            }
        }
        return restore.revocations
    }

    private static func checkRestored(_ connection: inout Connection) throws {
        let left = try SchemaComparison.make(&connection, for: .login).differences
            .filter { !$0.key.aspect.isOfRole }
        try refuse(
            left,
            "where another run changes nothing, restore the database from a backup or replicate into a new one"
        )
    }

    private static func refuse(_ left: [SchemaComparison.Difference], _ outcome: String) throws {
        guard !left.isEmpty else { return }
        throw ReplicationError.schema(
            "the schema of the database is not the one that migrate makes: "
                + left.map(\.instruction).joined(separator: "; "),
            remedy: "then run `tradeledger migrate` again; \(outcome)"
        )
    }

    private static func applyMissing(_ connection: inout Connection) throws -> [String] {
        var applied: [String] = []
        for migration in try missingMigrations(&connection) {
            do {
                try apply(migration, &connection)
            } catch let error as PostgresError where MigrationFault.isAboutPresentObject(error) {
                try MigrationFault.completeRecord(&connection, error)
                return applied
            }
            applied.append(migration.name)
        }
        return applied
    }

    private static func apply(_ migration: Migration, _ connection: inout Connection) throws {
        try connection.withTransaction { connection in
            if migration.number > replicationMigrationNumber {
                // A batch locks its ledger's row first, so none is under way beside a migration, and the next one
                // finds another version.
                try connection.execute("LOCK TABLE ledger.replication IN EXCLUSIVE MODE")
            }
            if migration.number == 1 { try connection.execute(Schema.namespace) }
            try connection.execute(migration.sql)
            try note(migration, &connection)
        }
    }

    /// Writes the row of a migration that the database has.
    static func note(_ migration: Migration, _ connection: inout Connection) throws {
        _ = try connection.query(
            "INSERT INTO ledger.schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
            [
                .text(String(migration.number)), .text(migration.name),
                .bytes(SchemaVersion.checksum(of: migration)),
            ]
        )
    }

    /// What the database lacks, in order.
    ///
    /// Throws where it has what this program does not know.
    static func missingMigrations(_ connection: inout Connection) throws -> ArraySlice<Migration> {
        let version = try SchemaVersion.read(&connection)
        try version.checkNotNewer()
        return Schema.migrations.dropFirst(version.number)
    }

    private static func prepareTimescaleDB(_ connection: inout Connection) throws -> String? {
        guard try TimescaleDB.isOffered(&connection) else { return nil }
        try connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public")
        try TimescaleDB.refuseShadowingFunctions(&connection)
        try UnguardedFunction.revokeAll(&connection)
        try connection.execute(Schema.timescaleDB)
        return try TimescaleDB.version(&connection)
    }
}

extension Connection {
    /// Runs a file of `schema/`.
    fileprivate mutating func execute(_ sql: [UInt8]) throws(PostgresError) {
        try execute(String(decoding: sql, as: UTF8.self))
    }
}

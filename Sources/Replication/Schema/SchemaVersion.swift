internal import Ledger
internal import LedgerSchema
internal import Postgres

/// Which migrations a database has.
struct SchemaVersion {
    /// The number of the last migration, 0 for a database without the schema.
    let number: Int
    private let checksums: [[UInt8]?]

    static var newest: Int { Schema.migrations.count }

    /// Asks the database.
    static func read(_ connection: inout Connection) throws -> SchemaVersion {
        let table = try connection.query(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass('ledger.schema_migrations')"
        )
        guard table.rowCount == 1 else { return SchemaVersion(number: 0, checksums: []) }
        // Reading a view would call any function in it with the rights of this login.
        guard table.text(row: 0, column: 0) == "r" else {
            throw ReplicationError.schema(
                "ledger.schema_migrations is not a table",
                remedy: "find out who changed the database, and restore it or make a new one"
            )
        }
        let rows = try connection.query("SELECT number, checksum FROM ledger.schema_migrations ORDER BY number", [])
        let numbers = (0..<rows.rowCount).map { row in rows.text(row: row, column: 0).flatMap { Int($0) } }
        let last = numbers.compactMap { $0 }.max() ?? 0
        // How a newer program numbers its migrations is not known here; `checkNotNewer` refuses its schema.
        if last <= newest, let row = numbers.indices.first(where: { numbers[$0] != $0 + 1 }) {
            throw ReplicationError.schema(
                "ledger.schema_migrations.number holds \(rows.shown(row: row, column: 0) ?? "NULL") where "
                    + "\(row + 1) belongs",
                remedy:
                    "the database was changed by another program: delete all rows of the table and run `tradeledger "
                    + "migrate`, which writes them again, or make a new database"
            )
        }
        return SchemaVersion(number: last, checksums: (0..<rows.rowCount).map { rows.bytes(row: $0, column: 1) })
    }

    /// Throws where the database was migrated, by a newer program, since its version was read.
    ///
    /// Useful in a transaction that holds a row of `ledger.replication`, which blocks migrations until it ends.
    static func checkUnchanged(_ connection: inout Connection) throws {
        let last = try connection.query("SELECT max(number) FROM ledger.schema_migrations")
        guard try last.int64(row: 0, column: 0) != Int64(newest) else { return }
        try read(&connection).checkCurrent()
    }

    /// Throws where the database has migrations that this program does not know, or others under the same numbers.
    func checkNotNewer() throws(ReplicationError) {
        guard number <= Self.newest else {
            throw .schema(
                "the database has schema version \(number), this program knows \(Self.newest)",
                remedy: "use the tradeledger that migrated it, or a newer one"
            )
        }
        for (migration, checksum) in zip(Schema.migrations, checksums) where checksum != Self.checksum(of: migration) {
            throw .schema(
                "migration \(migration.number) (\(migration.name)) of the database is not the one of this program",
                remedy: "the database was migrated by another build; use that one, or make a new database"
            )
        }
    }

    /// Throws where the database does not have exactly the schema that this program works with.
    func checkCurrent() throws(ReplicationError) {
        try checkNotNewer()
        guard number == Self.newest else {
            throw .schemaMissing(
                number == 0
                    ? "the database has no ledger schema"
                    : "the database has schema version \(number), this program needs \(Self.newest)",
                remedy: "run `tradeledger migrate` as the owner of the schema"
            )
        }
    }

    /// SHA-256 of a migration's file.
    static func checksum(of migration: Migration) -> [UInt8] {
        let digest = SHA256.digest(of: migration.sql.span)
        return digest.indices.map { digest[$0] }
    }
}

extension DatabaseAddress {
    /// Opens a session with a database that has the schema.
    func open(
        _ applicationName: String,
        _ waitLimit: WaitLimit = .none
    ) throws(ReplicationError) -> Connection {
        var connection = try connect(applicationName, waitLimit)
        try ReplicationError.converting(at: connection.endpoint) { try SchemaVersion.read(&connection).checkCurrent() }
        return connection
    }

    /// Runs the body in a session with a database that has the schema.
    func withSession<Value>(
        _ applicationName: String,
        _ waitLimit: WaitLimit = .none,
        _ body: (inout Connection) throws -> Value
    ) throws(ReplicationError) -> Value {
        var connection = try open(applicationName, waitLimit)
        return try ReplicationError.converting(at: connection.endpoint) { try body(&connection) }
    }
}

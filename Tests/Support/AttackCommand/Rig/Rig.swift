internal import LedgerTestSupport
internal import Postgres
internal import PostgresTestSupport

/// The shared resources of attacks: servers, started when the first attack needs them, and a ledger to damage.
final class Rig {
    private var plain: PrivateServer?
    private var timescaleDB: PrivateServer?
    private var lacksTimescaleDB = false
    private var damageable: DamageableLedger?

    /// A server: with TimescaleDB if the seed says so and the machine has it.
    func server(seed: UInt64) throws -> PrivateServer {
        if seed.isMultiple(of: 2), let server = try timescaleDBServer() { return server }
        if let plain { return plain }
        let server = try PrivateServer(.plain)
        plain = server
        return server
    }

    /// Runs `body` with the URL of a new database.
    func withDatabase<Value>(seed: UInt64, _ body: (_ url: String) throws -> Value) throws -> Value {
        var value: Value?
        try server(seed: seed).server.withDatabase { value = try body($0) }
        guard let value else { preconditionFailure("the body has run") }
        return value
    }

    /// A ledger with every kind of file, of which each attack damages a copy.
    func damageableLedger() throws -> DamageableLedger {
        if let damageable { return damageable }
        let ledger = try withDatabase(seed: 1) { try DamageableLedger(databaseURL: $0) }
        damageable = ledger
        return ledger
    }

    private func timescaleDBServer() throws -> PrivateServer? {
        if let timescaleDB { return timescaleDB }
        guard !lacksTimescaleDB else { return nil }
        let server = try PrivateServer(.timescaledb)
        guard try server.value("SHOW shared_preload_libraries") == "timescaledb" else {
            lacksTimescaleDB = true
            return nil
        }
        timescaleDB = server
        return server
    }
}

/// A database of an attack.
struct AttackedDatabase {
    let url: String

    func connect() throws -> Connection { try Connection(url: url, password: nil, applicationName: "attack") }

    func execute(_ sql: String) throws {
        var connection = try connect()
        try connection.execute(sql)
    }

    /// The rows of a query as text.
    func rows(_ sql: String) throws -> [[String?]] {
        var connection = try connect()
        let result = try connection.query(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row: row, column: $0) }
        }
    }
}

internal import Postgres
import PostgresTestSupport

/// A primary and its standby, each behind a proxy whose port does not change with the server.
final class ServerPair {
    static let database = "trades"

    private(set) var primary: PrivateServer
    private(set) var standby: PrivateServer
    /// Whether the primary has a base backup to go back to.
    private(set) var hasBackup = false
    private(set) var primaryProxy: DatabaseProxy
    private var standbyProxy: DatabaseProxy

    /// Limits the disk space of a run: twice the server's log.
    private static let settings = [("max_wal_size", "96MB"), ("min_wal_size", "80MB"), ("wal_keep_size", "0")]

    /// Creates both, with an empty database.
    init(_ kind: ServerKind) throws {
        primary = try PrivateServer(kind)
        for (parameter, value) in Self.settings { try primary.set(parameter, to: value) }
        standby = try PrivateServer(standbyOf: primary)
        primaryProxy = try DatabaseProxy(to: primary.server)
        standbyProxy = try DatabaseProxy(to: standby.server)
        try primary.server.makeDatabase(Self.database)
    }

    /// The database on the primary, past the proxies.
    var url: String { primary.server.databaseURL(Self.database) }

    /// The database on the server that accepts writes, through the proxies.
    var proxiedURL: String {
        "postgresql://postgres@127.0.0.1:\(primaryProxy.port),127.0.0.1:\(standbyProxy.port)/\(Self.database)"
            + "?target_session_attrs=read-write&connect_timeout=2"
    }

    func connect() throws -> Connection {
        try Connection(url: url, password: nil, applicationName: "tradeledger chaos")
    }

    /// Passes everything on.
    func heal() {
        primaryProxy.heal()
        standbyProxy.heal()
    }

    /// Takes a base backup of the primary.
    func backUp() throws {
        try primary.backUp(as: "older")
        hasBackup = true
    }

    /// Rolls the primary back to its backup; a standby that has more could no longer follow it.
    func restore() throws {
        try primary.restore("older")
        try replaceStandby()
    }

    /// Promotes the standby for good, without the commits of the primary from now until `body` has run.
    func promote(missing body: () throws -> Void) throws {
        try standby.stopReceiving()
        try body()
        try primary.kill()
        try standby.promote()
        swap(&primary, &standby)
        swap(&primaryProxy, &standbyProxy)
        hasBackup = false
        try replaceStandby()
    }

    /// The state that the server reports.
    func description() throws -> String {
        let version = try primary.value("SHOW server_version") ?? "?"
        let extensions = "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
        var connection = try connect()
        let result = try connection.query(extensions)
        guard result.rowCount == 1, let timescaleDB = result.text(row: 0, column: 0) else {
            return "PostgreSQL \(version) without TimescaleDB"
        }
        return "PostgreSQL \(version) with TimescaleDB \(timescaleDB)"
    }

    private func replaceStandby() throws {
        standby = try PrivateServer(standbyOf: primary)
        try standbyProxy.lead(to: standby.server)
    }
}

import CPQ

/// Owns one session with a PostgreSQL server, from `init` to `deinit`.
///
/// Calls block, until the server answers or the session's `WaitLimit` gives up: the session has then ended. Every
/// call that talks to the server is `mutating`: Swift's exclusivity rule then keeps a second request off a connection
/// on which a COPY or a transaction is under way.
@safe
package struct Connection: ~Copyable {
    /// The `PGconn`.
    let raw: OpaquePointer
    /// What ends a wait for the server.
    private let waitLimit: WaitLimit

    /// Connects.
    ///
    /// - Parameters:
    ///   - url: A `postgres://` URL, a `key=value` string or a database name. Whatever it does not specify, or
    ///     everything if it is `nil`, comes from libpq's `PG*` variables and `.pgpass`.
    ///   - password: Used only where the URL has none and `PGPASSWORD` is not set.
    ///   - applicationName: Shown in `pg_stat_activity`, unless the URL or `PGAPPNAME` names another.
    ///   - waitLimit: What ends the attempt, and each later wait for the server.
    /// - Throws: `invalidArgument` for a URL that cannot be read, `stopped`, otherwise `connectionFailed`. The attempt
    ///   ends after `connect_timeout` seconds a host, 10 unless given.
    package init(
        url: String?,
        password: String?,
        applicationName: String,
        waitLimit: WaitLimit = .none
    ) throws(PostgresError) {
        self.waitLimit = waitLimit
        let setup = ConnectionSetup(url, password, applicationName: applicationName, waitLimit)
        unsafe raw = try setup.open()
    }

    deinit {
        unsafe PQfinish(raw)
    }

    var wire: Wire { unsafe Wire(raw: raw, waitLimit: waitLimit) }

    /// The server's version as libpq counts it: 150004 is 15.4.
    package var serverVersion: Int {
        Int(unsafe PQserverVersion(raw))
    }

    /// Whether the session has ended, as far as libpq has seen.
    ///
    /// A new `Connection` is then needed.
    package var isBroken: Bool { wire.isBroken }

    /// The address of the server, for messages; never with a password.
    package var endpoint: String {
        let database = unsafe Self.text(PQdb(raw))
        let host = unsafe Self.text(PQhost(raw))
        let port = unsafe Self.text(PQport(raw))
        return "database \"\(database)\" at \(host):\(port)"
    }

    /// The socket to poll for notifications, or -1 if the session has ended.
    ///
    /// It belongs to libpq.
    package var socketDescriptor: Int32 {
        unsafe PQsocket(raw)
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }
}

// The `PGconn` has one owner, and exclusivity lets one thread at a time change what that owner holds.
extension Connection: @unchecked Sendable {}

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
        let setup = ConnectionSetup(
            url: url,
            password: password,
            applicationName: applicationName,
            waitLimit: waitLimit
        )
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
        let database = unsafe String(ofC: PQdb(raw)) ?? ""
        let host = unsafe String(ofC: PQhost(raw)) ?? ""
        let port = unsafe String(ofC: PQport(raw)) ?? ""
        return "database \"\(database)\" at \(host):\(port)"
    }

    /// The socket to poll for notifications, or -1 if the session has ended.
    ///
    /// It belongs to libpq.
    package var socketDescriptor: Int32 {
        unsafe PQsocket(raw)
    }
}

// The `PGconn` has one owner, and exclusivity lets one thread at a time change what that owner holds.
extension Connection: @unchecked Sendable {}

/// What a transaction may see of others that run beside it.
package enum TransactionIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension Connection {
    /// Runs `body` between BEGIN and COMMIT, or ROLLBACK if it throws, and returns its result.
    ///
    /// - Throws: What `body` throws. A `PostgresError` of kind `commitOutcomeUnknown` where the session ended during
    ///   COMMIT; any other error means that nothing of the transaction has happened.
    package mutating func withTransaction<Value: ~Copyable>(
        isolation: TransactionIsolation = .readCommitted,
        _ body: (inout Connection) throws -> Value
    ) throws -> Value {
        try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue)")
        let value: Value
        do {
            value = try body(&self)
        } catch {
            rollBack()
            throw error
        }
        try commit()
        return value
    }

    /// The error that led here matters more than one of ROLLBACK, which fails only with the session, and then the
    /// server rolls back by itself.
    private mutating func rollBack() {
        do throws(PostgresError) {
            try execute("ROLLBACK")
        } catch {
            assert(isBroken, "ROLLBACK was refused: \(error)")
        }
    }

    private mutating func commit() throws(PostgresError) {
        let wasBroken = isBroken
        let result: QueryResult
        do throws(PostgresError) {
            result = try query("COMMIT")
        } catch {
            guard error.kind == .connectionLost, !wasBroken else { throw error }
            throw error.with(kind: .commitOutcomeUnknown)
        }
        // A transaction in which a statement failed answers COMMIT with a successful ROLLBACK.
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(
                kind: .server,
                sqlState: "25P02",
                message: "the transaction was rolled back because a statement in it had failed"
            )
        }
    }
}

/// One message of NOTIFY.
package struct Notification: Equatable, Sendable {
    package let channel: String
    package let payload: String
}

extension Connection {
    /// Reads what the socket holds without waiting, and returns the notifications that have arrived on the channels
    /// that this session listens to, oldest first.
    ///
    /// Throws `connectionLost` where the session has ended meanwhile.
    package mutating func consumeNotifications() throws(PostgresError) -> [Notification] {
        try wire.consumeInput()
        var notifications: [Notification] = []
        while let notification = unsafe PQnotifies(raw) {
            notifications.append(
                Notification(
                    channel: unsafe String(cString: notification.pointee.relname),
                    payload: unsafe String(cString: notification.pointee.extra)
                )
            )
            unsafe PQfreemem(notification)
        }
        return notifications
    }
}

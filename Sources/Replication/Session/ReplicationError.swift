package import Ledger
package import Postgres
internal import TradeModel

/// Why the database could not be brought in line with the log.
package enum ReplicationError: Error, CustomStringConvertible {
    /// The database or the way to it failed.
    case database(PostgresError, endpoint: String)
    /// The log failed.
    case ledger(LedgerError)
    /// The database has a newer schema than this program knows, or one that it does not know at all.
    case schema(String, remedy: String)
    /// The database lacks the ledger's schema, or a part of it.
    case schemaMissing(String, remedy: String)
    /// Log and database have diverged, or the database is ahead: nothing is shipped.
    case diverged(String, remedy: String)
    /// The database takes every event but this one, which comes next.
    case refused(RefusedEvent)

    /// A ledger that the database has no row of.
    static func unknownLedger(_ ledgerID: EventID) -> ReplicationError {
        .diverged("the database does not know ledger \(ledgerID)", remedy: "run `tradeledger replicate`")
    }

    /// Runs a step with the log or with the database at `endpoint`; no other place converts their errors.
    static func converting<Value: ~Copyable>(
        at endpoint: String = "the database",
        _ step: () throws -> Value
    ) throws(ReplicationError) -> Value {
        do { return try step() } catch { throw ReplicationError(error, endpoint) }
    }

    /// The error that one of log or database becomes.
    ///
    /// Anything else is a bug.
    private init(_ error: any Error, _ endpoint: String) {
        switch error {
        case let error as PostgresError where error.retryClass == .foreignData:
            self = .diverged(
                "\(endpoint): \(error)",
                remedy:
                    "see `tradeledger verify`; if the log is intact, `tradeledger replicate --repair` mends the "
                    + "database"
            )
        case let error as PostgresError: self = .database(error, endpoint: endpoint)
        case let error as LedgerError: self = .ledger(error)
        case let error as ReplicationError: self = error
        default: preconditionFailure("log and database throw no other error: \(error)")
        }
    }

    /// What happened and what to do, on one line.
    package var description: String {
        switch self {
        case .database(let error, let endpoint):
            "\(endpoint): \(error)" + (error.remedy.map { "; \($0)" } ?? "")
        case .ledger(let error): error.description
        case .schema(let message, let remedy), .schemaMissing(let message, let remedy),
            .diverged(let message, let remedy):
            "\(message); \(remedy)"
        case .refused(let event): event.description
        }
    }
}

extension ReplicationError {
    /// What can resolve it.
    enum RetryClass: Equatable {
        case stop
        /// Waiting resolves it.
        case transient
        /// A concurrent transaction interfered; an immediate retry can succeed.
        case conflict
        /// The server refuses what it was given.
        case refusedData
        /// An administrator has to act: on the schema, a right, a password.
        case setup
        /// Waiting does not resolve it, and continuing would be useless or harmful.
        case final
        case unknown
    }

    var retryClass: RetryClass {
        switch self {
        case .schema, .diverged, .ledger: .final
        case .schemaMissing: .setup
        case .refused: .refusedData
        case .database(let error, _):
            switch error.retryClass {
            case .stop: .stop
            case .transient: .transient
            case .conflict: .conflict
            case .refusedData: .refusedData
            case .foreignData: .final
            case .forbidden, .absent: .setup
            case .misuse: .final
            case .unknown: .unknown
            }
        }
    }

    /// Whether a later retry can succeed without intervention.
    package var isRetryable: Bool { retryClass == .transient || retryClass == .conflict }

    /// The key shared by faults of the same kind, whatever numbers their messages contain.
    var outageKey: String {
        guard case .database(let error, _) = self else { return description }
        return error.sqlState.map { "\(error.kind) \($0)" } ?? description
    }
}

extension PostgresError {
    /// What to do about the usual reasons; nil where the message says all.
    fileprivate var remedy: String? {
        switch sqlState {
        case "25006": "this server is read-only: name all hosts in the URL, with target_session_attrs=read-write"
        case "42501": "grant the login the role ledger_writer, or run `tradeledger migrate` as the schema's owner"
        case "53100": "free space on the server's disk"
        case "53300": "raise max_connections, or end unused sessions"
        case "3D000": "make the database, then run `tradeledger migrate`"
        case "3F000", "42P01", "42703", "42883": "run `tradeledger migrate` as the owner of the schema"
        case .some(let code) where code.hasPrefix("28"): "check the user, the password and the server's pg_hba.conf"
        default: nil
        }
    }
}

/// An event that the ledger accepted and the database refuses.
///
/// The limits of the ledger ensure that no server refuses its events; added constraints and triggers still can.
package struct RefusedEvent: Sendable, CustomStringConvertible {
    package let sequence: UInt64
    /// The event as `events` prints it, or as much of it as a message takes.
    package let line: String
    /// What the server said.
    package let error: PostgresError

    private static let lineByteCountMax = 2048

    init(_ event: Event, _ ledgerID: EventID, _ error: PostgresError) {
        sequence = event.sequence
        self.error = error
        var bytes: [UInt8] = []
        EventJSON.write(event, ledgerID: ledgerID, into: &bytes)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.count > Self.lineByteCountMax {
            var end = Self.lineByteCountMax
            while bytes[end] & 0xC0 == 0x80 { end -= 1 }
            bytes.removeSubrange(end...)
            bytes += "…".utf8
        }
        line = String(decoding: bytes, as: UTF8.self)
    }

    /// Which event, why, and what to do, on one line.
    package var description: String {
        "the database refuses event \(sequence): \(error.message) (SQLSTATE \(error.sqlState ?? "none")); every event "
            + "before it is stored, none after it; remove what refuses it, and replication continues: \(line)"
    }
}

/// Finds the session that holds a lock for which the replicator waits, from the server's views.
enum LockHolder {
    /// If the error is a lock timeout, adds the session that holds the lock; returns any other error unchanged.
    static func adding(to error: any Error, _ connection: inout Connection) -> any Error {
        let lockNotAvailable = "55P03"
        guard let fault = error as? PostgresError, fault.sqlState == lockNotAvailable, !connection.isBroken else {
            return error
        }
        do throws(PostgresError) {
            guard let holder = try describe(&connection) else { return fault }
            return fault.adding(holder)
        } catch {
            // The lock timeout is the error that matters; not knowing the holder is secondary.
            return fault
        }
    }

    /// Names the session whose lock on the ledger's tables a batch most likely waits for; nil where there is none.
    ///
    /// A lock that excludes writers comes first. The others are held by sessions that changed or locked rows: of these
    /// the oldest transaction. A hypertable comes before its chunks.
    private static func describe(_ connection: inout Connection) throws(PostgresError) -> String? {
        let result = try connection.query(
            """
            SELECT lock.pid, activity.application_name, activity.state,
                extract(epoch FROM clock_timestamp() - activity.xact_start)::bigint, lock.mode,
                lock.relation::regclass
            FROM pg_locks AS lock
            JOIN pg_class AS relation ON relation.oid = lock.relation
            LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
            WHERE lock.locktype = 'relation' AND lock.granted AND lock.pid IS DISTINCT FROM pg_backend_pid()
                AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND lock.mode <> 'AccessShareLock'
                AND lock.relation IN (
                    SELECT oid FROM pg_class WHERE relnamespace = 'ledger'::regnamespace
                    UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger.trade_events'::regclass
                )
            ORDER BY lock.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') DESC,
                activity.xact_start, relation.relnamespace = 'ledger'::regnamespace DESC
            LIMIT 1
            """
        )
        guard result.rowCount == 1 else { return nil }
        guard let pid = result.text(row: 0, column: 0) else { return "a prepared transaction holds it" }
        var description = "process \(pid) of the server holds it"
        if let name = result.text(row: 0, column: 1), !name.isEmpty { description += ", application \"\(name)\"" }
        if let state = result.text(row: 0, column: 2) { description += ", \(state)" }
        // Shown to superusers, pg_read_all_stats and the same login only.
        if let seconds = result.text(row: 0, column: 3) { description += ", in a transaction of \(seconds) s" }
        return description
            + ": \(result.text(row: 0, column: 4) ?? "a lock") on \(result.text(row: 0, column: 5) ?? "?")"
    }
}

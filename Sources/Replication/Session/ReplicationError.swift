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

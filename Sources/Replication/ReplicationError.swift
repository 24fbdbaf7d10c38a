package import Ledger
package import Postgres
internal import TradeModel

/// Why the database could not be brought in line with the log.
package enum ReplicationError: Error, CustomStringConvertible {
    /// The database or the way to it failed.
    case database(PostgresError, endpoint: String)
    /// The log failed.
    case ledger(LedgerError)
    /// The database lacks the ledger's schema, or has a newer one than this program knows.
    case schema(String, remedy: String)
    /// Log and database have parted, or the database is ahead: nothing is shipped.
    case diverged(String, remedy: String)

    /// A ledger that the database has no row of.
    static func unknownLedger(_ ledgerID: EventID) -> ReplicationError {
        .diverged("the database has never heard of ledger \(ledgerID)", remedy: "run `tradeledger replicate`")
    }

    /// The error that one of log or database becomes.
    ///
    /// Anything else is a bug.
    init(_ error: any Error, endpoint: String) {
        switch error {
        case let error as PostgresError: self = .database(error, endpoint: endpoint)
        case let error as LedgerError: self = .ledger(error)
        case let error as ReplicationError: self = error
        default: preconditionFailure("log and database throw no other error: \(error)")
        }
    }

    /// What happened and what to do, on one line.
    package var description: String {
        switch self {
        case .database(let error, let endpoint): "\(endpoint): \(error)"
        case .ledger(let error): error.description
        case .schema(let message, let remedy), .diverged(let message, let remedy): "\(message); \(remedy)"
        }
    }

    /// Whether the work ended because it was asked to.
    package var isStop: Bool {
        guard case .database(let error, _) = self else { return false }
        return error.kind == .stopped
    }

    /// Whether the same work can succeed later without anybody's help.
    package var isRetryable: Bool {
        guard case .database(let error, _) = self else { return false }
        return error.isRetryable
    }
}

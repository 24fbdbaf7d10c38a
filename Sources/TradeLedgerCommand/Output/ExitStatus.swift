internal import Ledger
internal import Postgres
internal import Proofs
internal import Replication

/// The exit statuses of the contract, named as in sysexits.h where it has the number.
enum ExitStatus: Int32 {
    case done = 0
    /// A check found a difference, a fork, or a database ahead of the log.
    case difference = 1
    case usage = 64
    /// Some input was rejected.
    case dataRejected = 65
    /// There is no such ledger or file.
    case noInput = 66
    /// The database cannot be reached.
    case unavailable = 69
    case internalError = 70
    /// An I/O error, a full disk or damaged data.
    case inputOutput = 74
    /// The ledger is held by another writer.
    case temporarilyHeld = 75
    /// Configuration; a schema that is missing or too new; no signing key.
    case configuration = 78

    init(_ error: LedgerError) {
        switch error.code {
        case .notALedger: self = .noInput
        case .newerFormat: self = .configuration
        case .heldByAnotherWriter: self = .temporarilyHeld
        case .inputOutput(let number): self = FileError.isMissing(number) ? .noInput : .inputOutput
        case .damaged, .unusable: self = .inputOutput
        case .invalidRequest: self = .usage
        case .diverged: self = .difference
        }
    }

    init(_ error: ProofError) {
        switch error {
        case .ledger(let error): self.init(error)
        case .key: self = .configuration
        case .refused: self = .difference
        }
    }

    init(_ error: ReplicationError) {
        switch error {
        case .ledger(let error): self.init(error)
        case .schema, .schemaMissing: self = .configuration
        case .refused: self = .dataRejected
        case .diverged: self = .difference
        case .database(let error, _): self.init(error)
        }
    }

    private init(_ error: PostgresError) {
        switch error.retryClass {
        // The work was stopped by a signal.
        case .stop: self = .done
        case .transient, .conflict: self = .unavailable
        // Waiting does not supply a missing password, login, database or right.
        case .misuse, .forbidden, .absent: self = .configuration
        case .foreignData: self = .difference
        case .refusedData: self = .dataRejected
        case .unknown: self = error.kind == .connectionFailed ? .unavailable : .internalError
        }
    }
}

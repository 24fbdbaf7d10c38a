internal import Glibc
internal import HTTP
internal import Ledger
internal import LedgerService
internal import Postgres
internal import Proofs
internal import Replication
internal import ServiceClient

/// Why a command failed: one line for people, and an exit status for scripts.
struct Failure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Converts an error of a library.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as LedgerError: self.init(ExitStatus(error), error.description)
        case let error as ProofError: self.init(ExitStatus(error), error.description)
        case let error as ReplicationError: self.init(ExitStatus(error), error.description)
        case let error as FileError: self.init(error.status, error.description)
        case let error as HTTPError: self.init(.configuration, error.description)
        case let error as ServiceError: self.init(.configuration, error.description)
        case let error as ServiceFault:
            self.init(.temporarilyHeld, "\(error); send the events again that have no acknowledgement")
        default: self.init(.internalError, "\(error)")
        }
    }
}

/// A system call on a file outside the ledger failed.
struct FileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let number: Int32

    /// The error that the last failed system call left in `errno`.
    static func current(_ operation: String, _ path: String) -> FileError {
        FileError(operation: operation, path: path, number: errno)
    }

    static func isMissing(_ number: Int32) -> Bool { number == ENOENT || number == ENOTDIR }

    var status: ExitStatus { Self.isMissing(number) ? .noInput : .inputOutput }

    var description: String { "cannot \(operation) \(path): \(unsafe String(cString: strerror(number)))" }
}

/// The exit statuses of the program; from 64 on, their numbers are those of sysexits.h.
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
    /// Another writer holds the ledger, or has not taken a request.
    case temporarilyHeld = 75
    /// Wrong configuration, a database schema that is missing or too new, or no signing key.
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
        // A signal stopped the work.
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

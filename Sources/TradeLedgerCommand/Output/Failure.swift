internal import Glibc
internal import Ledger
internal import Proofs
internal import Replication

/// Why a command fails: one line for people, one exit status for scripts.
struct Failure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The failure for an error from a library.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as LedgerError: self.init(ExitStatus(error), error.description)
        case let error as ProofError: self.init(ExitStatus(error), error.description)
        case let error as ReplicationError: self.init(ExitStatus(error), error.description)
        case let error as FileError: self.init(error.status, error.description)
        default: self.init(.internalError, "\(error)")
        }
    }
}

/// A file outside of the ledger that could not be read or written.
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

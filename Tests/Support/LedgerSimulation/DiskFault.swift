internal import Glibc
import Ledger

/// What a disk can do wrong in one call.
enum DiskFault: CaseIterable, Sendable {
    case failedRead
    case failedWrite
    /// The kernel then takes the pages for clean, although the disk may not have them.
    case failedFlush
    case failedDirectoryFlush
    /// The disk says that it has written, and has not.
    case lostWrite
    /// The disk has written, to another sector of the file.
    case misdirectedWrite

    /// Whether the disk says nothing of it.
    var isSilent: Bool { self == .lostWrite || self == .misdirectedWrite }
}

extension LedgerError {
    static func missing(_ operation: String, _ path: String) -> LedgerError {
        LedgerError(operation, path: path, errno: ENOENT, reason: "No such file or directory")
    }

    static func inputOutput(_ operation: String, _ path: String) -> LedgerError {
        LedgerError(operation, path: path, errno: EIO, reason: "Input/output error")
    }

    static func full(_ operation: String, _ path: String) -> LedgerError {
        LedgerError(operation, path: path, errno: ENOSPC, reason: "No space left on device")
    }
}

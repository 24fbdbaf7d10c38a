internal import Glibc
import Ledger

/// A fault of a disk in one call.
enum DiskFault: CaseIterable, Sendable {
    case failedRead
    case failedWrite
    /// The kernel then marks the pages clean, although the disk may not have them.
    case failedFlush
    case failedDirectoryFlush
    /// The disk reports a write that it did not make.
    case lostWrite
    /// The disk wrote to another sector of the file.
    case misdirectedWrite

    /// Whether the disk does not report the fault.
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

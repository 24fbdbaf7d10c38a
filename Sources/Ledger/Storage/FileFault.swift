internal import Glibc

/// Errors of file operations that the system refused.
///
/// The only place that words such an error.
extension LedgerError {
    /// The system refused an operation, a verb such as "read" or "flush".
    package init(_ operation: String, path: String, errno: Int32, reason: String) {
        self.init(
            .inputOutput(errno: errno),
            "cannot \(operation) \(path): \(reason)",
            remedy: Self.remedy(errno)
        )
    }

    /// The error of a number that a system call gave; unless it is given, of the last one that failed on this thread.
    static func refused(_ operation: String, path: String, errno: Int32 = Glibc.errno) -> LedgerError {
        LedgerError(operation, path: path, errno: errno, reason: unsafe String(cString: strerror(errno)))
    }

    /// A file has lost its name, and what is written to it goes with it.
    static func displaced(_ operation: String, path: String) -> LedgerError {
        LedgerError(operation, path: path, errno: ESTALE, reason: "it was removed or replaced while it was open")
    }

    /// The limit of file sizes leaves no room for a frame in any segment.
    static func fileSizeLimit(_ byteCount: Int) -> LedgerError {
        LedgerError(
            .inputOutput(errno: EFBIG),
            "files may not become longer than \(byteCount) bytes",
            remedy: remedy(EFBIG)
        )
    }

    /// The number that the system gave; nil where the fault is another.
    var systemNumber: Int32? {
        guard case .inputOutput(let number) = code else { return nil }
        return number
    }

    /// Whether the reason is that a file is not there.
    package var isMissingFile: Bool { systemNumber == ENOENT }

    /// Whether the reason is that there is no space left: of the disk, of a quota, or up to the limit of file sizes
    /// (`ulimit -f`).
    package var isDiskFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(systemNumber) }

    /// Whether the reason is that this user may not do it.
    var isMissingPermission: Bool { [EACCES, EPERM, EROFS].contains(systemNumber) }

    private static func remedy(_ errno: Int32) -> String {
        switch errno {
        case ENOSPC, EDQUOT: "free space on this file system; nothing acknowledged is lost"
        case EFBIG: "raise the limit of file sizes (ulimit -f); nothing acknowledged is lost"
        case EACCES, EPERM: "give this user the right to read and write the ledger's directory"
        case EROFS: "mount the file system for writing, or use another --ledger directory"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOENT, ENOTDIR: "check the --ledger directory; `tradeledger init` makes a new ledger"
        case ESTALE: "put the file back; `tradeledger repair` says what is missing without it"
        case EIO: "check the disk and the kernel's log before going on; run `tradeledger verify`"
        default: "check the disk and the directory"
        }
    }
}

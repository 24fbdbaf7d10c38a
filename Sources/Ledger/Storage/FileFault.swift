import Glibc

/// Remedies for common errors of file operations.
struct FileFault {
    let errno: Int32

    /// Whether there is no room for more: of the disk, of a quota, or up to the limit of file sizes (`ulimit -f`).
    var isDiskFull: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }

    var isMissing: Bool { errno == ENOENT }

    var isMissingPermission: Bool { errno == EACCES || errno == EPERM || errno == EROFS }

    var remedy: String {
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

extension LedgerError {
    /// Whether the reason is that a file is not there.
    package var isMissingFile: Bool {
        guard case .inputOutput(let number) = code else { return false }
        return FileFault(errno: number).isMissing
    }

    /// Whether the reason is that there is no space left.
    package var isDiskFull: Bool {
        guard case .inputOutput(let number) = code else { return false }
        return FileFault(errno: number).isDiskFull
    }

    /// The limit of file sizes leaves no room for a frame in any segment.
    static func fileSizeLimit(_ byteCount: Int) -> LedgerError {
        LedgerError(
            .inputOutput(errno: EFBIG),
            "files may not become longer than \(byteCount) bytes",
            remedy: FileFault(errno: EFBIG).remedy
        )
    }
}

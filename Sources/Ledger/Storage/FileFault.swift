import Glibc

/// What to do about the usual reasons for which a file operation is refused.
struct FileFault {
    let errno: Int32

    var isDiskFull: Bool { errno == ENOSPC || errno == EDQUOT }

    var isMissing: Bool { errno == ENOENT }

    var isMissingPermission: Bool { errno == EACCES || errno == EPERM || errno == EROFS }

    var remedy: String {
        switch errno {
        case ENOSPC, EDQUOT: "free space on this file system; nothing acknowledged is lost"
        case EACCES, EPERM: "give this user the right to read and write the ledger's directory"
        case EROFS: "mount the file system for writing, or use another --ledger directory"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOENT, ENOTDIR: "check the --ledger directory; `tradeledger init` makes a new ledger"
        case EIO: "check the disk and the kernel's log before going on; run `tradeledger verify`"
        default: "check the disk and the directory"
        }
    }
}

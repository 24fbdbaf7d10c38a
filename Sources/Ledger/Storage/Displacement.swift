internal import Glibc

/// What a ledger is that somebody moved, removed or replaced, in whole or in part, while it was open.
extension LedgerError {
    /// The directory has another path now, and another directory has its own.
    static func replacedDirectory(_ directory: String, nowAt path: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory) is another directory now; the ledger that process \(getpid()) has opened is in \(path)",
            remedy: "everything that it acknowledged is in \(path); decide which of the two is the ledger"
        )
    }

    /// The lock file is not the one that the writer holds.
    static func replacedLockFile(_ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory)/lock was removed or replaced while process \(getpid()) held it",
            remedy: "end this process and run `tradeledger repair --mend`, which makes the file anew"
        )
    }

    /// Somebody holds the directory, and not the lock file that is there, which would tell who.
    static func heldWithoutLockFile(_ directory: String) -> LedgerError {
        LedgerError(
            .heldByAnotherWriter,
            "\(directory) is held by another process, whose lock file was removed or replaced",
            remedy: "find that process with `fuser -v \(directory)` and end it; then run `tradeledger repair --mend`"
        )
    }
}

extension Storage {
    /// Throws where the path of the directory leads to another one than was opened.
    func checkInPlace() throws(LedgerError) {
        let path: String?
        do { path = try pathOfReplaced() } catch { throw LedgerError(error) }
        if let path { throw .replacedDirectory(directory, nowAt: path) }
    }
}

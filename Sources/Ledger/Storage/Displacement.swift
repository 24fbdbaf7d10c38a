internal import Glibc

/// What happened to an open directory that is no longer the one at its path.
package enum Displacement: Equatable, Sendable {
    /// It was removed: what is written to its files goes with it.
    case removed
    /// It has another path now, and another directory has its own.
    case replaced(nowAt: String)
}

/// Errors for a ledger that was moved, removed or replaced, in whole or in part, while it was open.
extension LedgerError {
    /// The directory has another path now, and another directory has its own.
    static func replacedDirectory(_ directory: String, nowAt path: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory) is another directory now; the ledger that process \(getpid()) has opened is in \(path)",
            remedy: "everything that it acknowledged is in \(path); decide which of the two is the ledger"
        )
    }

    /// The directory is gone, with every file in it.
    static func removedDirectory(_ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory) was removed while process \(getpid()) had it open",
            remedy: "bring it back from a backup or from the database with `tradeledger restore`"
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

    /// A process holds the directory but not its lock file, so it cannot be identified.
    static func heldWithoutLockFile(_ directory: String) -> LedgerError {
        LedgerError(
            .heldByAnotherWriter,
            "\(directory) is held by another process, whose lock file was removed or replaced",
            remedy: "find that process with `fuser -v \(directory)` and end it; then run `tradeledger repair --mend`"
        )
    }
}

extension Storage {
    /// Throws where the directory was removed, or its path leads to another one than was opened.
    func checkInPlace() throws(LedgerError) {
        let displacement = try self.displacement()
        switch displacement {
        case .removed?: throw .removedDirectory(directory)
        case .replaced(let path)?: throw .replacedDirectory(directory, nowAt: path)
        case nil: return
        }
    }
}

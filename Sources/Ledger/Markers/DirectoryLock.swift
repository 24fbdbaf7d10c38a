internal import Glibc

/// The lock of a ledger's directory: a writer holds it exclusively, readers that prove the end of the log share it.
///
/// It is a lock of the directory itself (flock(2)). A file in it could be removed and recreated while it is locked, and
/// then two processes would hold a lock of the same name.
enum DirectoryLock<S: Storage> {
    private static var retryMilliseconds: Int32 { 5 }
    private static var attemptCountMax: Int { 2000 }
    /// A writer that ends may release its lock file and the directory a moment apart.
    private static var writerAttemptCountMax: Int { 4 }

    /// Locks the directory exclusively; nil if a writer holds it.
    ///
    /// Waits for readers, which hold it for a moment only.
    static func exclusive(_ storage: S) throws(LedgerError) -> OpenFile<S>? {
        let kind: LockKind = Failpoint.shareDirectoryLock.isActive ? .shared : .exclusive
        var writerCount = 0
        for _ in 0..<attemptCountMax {
            if let lock = try OpenFile(lockingDirectoryOf: storage, kind) { return lock }
            // If the lock can be shared, no writer holds it.
            if try shared(storage) == nil { writerCount += 1 }
            if writerCount == writerAttemptCountMax { return nil }
            _ = poll(nil, 0, retryMilliseconds)
        }
        throw LedgerError(
            .unusable,
            "a reader has held the end of \(storage.directory) for 10 s",
            remedy: "find the process that reads it and hangs, and end it"
        )
    }

    /// Takes the shared lock; nil if a writer holds the directory.
    static func shared(_ storage: S) throws(LedgerError) -> OpenFile<S>? {
        try OpenFile(lockingDirectoryOf: storage, .shared)
    }
}

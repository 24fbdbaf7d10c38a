/// Copies a ledger that may be written to meanwhile into another directory: a consistent state, as far as it is
/// durable, of which each run adds what is new.
///
/// The copy is a ledger that can be read, and nothing but the next backup writes to it.
public struct LedgerBackup: Sendable {
    private let backup: LogBackup<PosixStorage, PosixStorage>
    private let (source, directory): (String, String)

    /// A backup of the ledger in `source` into `directory`, which exists, and is empty or holds an earlier backup.
    public init(of source: String, in directory: String, clock: LedgerClock = .system) {
        backup = LogBackup(of: PosixStorage(directory: source), in: PosixStorage(directory: directory), clock: clock)
        (self.source, self.directory) = (source, directory)
    }

    /// Copies what the backup does not have yet, checks it on the disk, and returns what it then holds.
    ///
    /// `onProgress` is told the last sequence that the backup has. A crash on the way leaves a backup that ends
    /// earlier. O(bytes that are new).
    ///
    /// Throws `invalidRequest` where the directory holds something else or lies in the ledger's, `diverged` where it is
    /// not an older state of this ledger, `heldByAnotherWriter` beside another backup into it, `notALedger`, `damaged`,
    /// and faults of the file system.
    public func run(onProgress: (UInt64) -> Void = { _ in }) throws(LedgerError) -> BackupReport {
        try DirectoryPlace.check(directory, isOutside: source)
        return try backup.run(onProgress)
    }
}

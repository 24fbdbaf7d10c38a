/// Copies a ledger into another directory while a writer may append to it.
///
/// The copy is consistent up to the last durable event, and each run adds what is new.
///
/// The copy is a ledger that can be read. Only the next backup writes to it.
public struct LedgerBackup: Sendable {
    private let backup: LogBackup<PosixStorage>
    private let (source, directory): (String, String)

    /// A backup of the ledger in `source` into `directory`, which exists, and is empty or holds an earlier backup.
    public init(of source: String, in directory: String, clock: LedgerClock = .system) {
        backup = LogBackup(of: PosixStorage(directory: source), in: PosixStorage(directory: directory), clock: clock)
        (self.source, self.directory) = (source, directory)
    }

    /// Copies what the backup does not have yet, verifies it on disk, and reports what the backup then holds.
    ///
    /// `onProgress` receives the last sequence in the backup. A crash leaves a backup that ends earlier. O(new bytes).
    ///
    /// Throws `invalidRequest` if the directory holds other files or lies inside the ledger's directory, `diverged` if
    /// it is not an older state of this ledger, `heldByAnotherWriter` if another backup is writing to it, `notALedger`,
    /// `damaged`, and file system errors.
    public func run(onProgress: (UInt64) -> Void = { _ in }) throws(LedgerError) -> BackupReport {
        try DirectoryPlace.check(directory, isOutside: source)
        return try backup.run(onProgress)
    }
}

/// Restores a ledger from a backup.
public struct LedgerRestore: Sendable {
    private let restore: LogRestore<PosixStorage>

    /// Restores the backup in `backup` to `directory`, which exists and is empty.
    public init(from backup: String, to directory: String) {
        restore = LogRestore(from: PosixStorage(directory: backup), to: PosixStorage(directory: directory))
    }

    /// Copies the backup, verifies every byte on disk, and then turns the directory into a ledger.
    ///
    /// `onProgress` receives the last sequence copied. After a crash the directory cannot be opened as a ledger, and
    /// the next restore continues in it. O(bytes).
    ///
    /// Throws `notALedger` if there is no backup, `damaged` with file and offset if the backup is not intact,
    /// `invalidRequest` if the directory is not empty, and file system errors.
    public func run(
        configuration: LedgerConfiguration = LedgerConfiguration(),
        onProgress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> RestoreReport {
        try restore.run(configuration, onProgress)
    }
}

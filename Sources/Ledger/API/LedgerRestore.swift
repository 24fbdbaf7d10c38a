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

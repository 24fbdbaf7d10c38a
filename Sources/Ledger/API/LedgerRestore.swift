/// Makes a ledger of a backup.
public struct LedgerRestore: Sendable {
    private let restore: LogRestore<PosixStorage, PosixStorage>

    /// Restores the backup in `backup` to `directory`, which exists and is empty.
    public init(from backup: String, to directory: String) {
        restore = LogRestore(from: PosixStorage(directory: backup), to: PosixStorage(directory: directory))
    }

    /// Copies the backup, checks every byte of it on the disk, and then makes the directory a ledger.
    ///
    /// `onProgress` is told the last sequence that was copied. A crash on the way leaves a directory that nobody opens
    /// and that the next restore uses. O(bytes).
    ///
    /// Throws `notALedger` where there is no backup, `damaged` with file and offset where it is not whole,
    /// `invalidRequest` where the directory is not empty, and faults of the file system.
    public func run(
        configuration: LedgerConfiguration = LedgerConfiguration(),
        onProgress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> RestoreReport {
        try restore.run(configuration, onProgress)
    }
}

/// Reports what is damaged in a ledger, mends what can be mended without loss, and gives up lost events on request.
///
/// Diagnosis changes nothing. A repair keeps every file that it changes, as `damaged-TIME-NAME` in the ledger's
/// directory, and is safe to run again after a crash.
public struct LedgerRepair: ~Copyable {
    private var repair: LogRepair<PosixStorage>

    /// A repair of the ledger in a directory.
    public init(of directory: String, clock: LedgerClock = .system) {
        repair = LogRepair(PosixStorage(directory: directory), clock: clock)
    }

    /// All damage, in the order of the log; empty if the ledger is intact.
    ///
    /// A write that a crash tore at the end of the log is not damage: opening truncates it. O(bytes).
    ///
    /// Throws `notALedger`, `newerFormat`, `damaged` if no file identifies the ledger, and file system errors.
    public func corruptions() throws(LedgerError) -> [Corruption] { try repair.corruptions() }

    /// Mends what can be mended without loss, and returns what it mended.
    ///
    /// Throws as `corruptions` does, and `heldByAnotherWriter`.
    public mutating func mend() throws(LedgerError) -> [Corruption] { try repair.mend() }

    /// Mends what can be mended without loss, restores lost events from an archive, and returns both.
    ///
    /// A result with sequences means that its events were restored. Throws as `mend` does, what the archive throws, and
    /// `diverged` if its events do not match the known roots; then no event was restored.
    package mutating func mend(bringingBackFrom archive: some EventArchive) throws -> [Corruption] {
        try repair.mend(bringingBackFrom: archive)
    }

    /// Gives up these events for good, mends what can be mended without loss, and returns both.
    ///
    /// A `ledger.lost` event replaces each of them, with the reason, the person who accepted the loss, and the file
    /// that keeps the evidence. `reason` and `actor` have 1 to 1,024 bytes.
    ///
    /// Throws as `mend` does, and `invalidRequest` if these are not exactly the events of one damaged place, or of
    /// several in a row; nothing is changed then.
    public mutating func acceptLoss(
        of sequences: ClosedRange<UInt64>,
        reason: String,
        actor: String
    ) throws(LedgerError) -> [Corruption] {
        try repair.acceptLoss(of: sequences, reason: reason, actor: actor)
    }
}

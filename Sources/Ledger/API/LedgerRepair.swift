/// Says what is damaged in a ledger, mends what can be mended without loss, and gives up events that are gone.
///
/// Nothing is changed by asking. A change keeps every file whose bytes it changes, as `damaged-TIME-NAME` in the
/// ledger's directory, and is safe to run again after a crash.
public struct LedgerRepair: ~Copyable {
    private var repair: LogRepair<PosixStorage>

    /// A repair of the ledger in a directory.
    public init(of directory: String, clock: LedgerClock = .system) {
        repair = LogRepair(PosixStorage(directory: directory), clock: clock)
    }

    /// Everything that is damaged, in the order of the log; none where the ledger is whole.
    ///
    /// What a crash tore at the end of the log is no damage: opening cuts it. O(bytes).
    ///
    /// Throws `notALedger`, `newerFormat`, `damaged` where nothing tells which ledger this is, and faults of the file
    /// system.
    public func corruptions() throws(LedgerError) -> [Corruption] { try repair.corruptions() }

    /// Mends what can be mended without loss and returns what that was.
    ///
    /// Throws as `damages` does, and `heldByAnotherWriter`.
    public mutating func mend() throws(LedgerError) -> [Corruption] { try repair.mend() }

    /// Mends what can be mended without loss, brings back from an archive what it has of the events that are gone, and
    /// returns what both were.
    ///
    /// A damage with sequences is one whose events came back. Throws as `mend` does, what the archive throws, and
    /// `diverged` where its events do not fit the roots that are known; then none came back.
    package mutating func mend(bringingBackFrom archive: some EventArchive) throws -> [Corruption] {
        try repair.mend(bringingBackFrom: archive)
    }

    /// Gives up these events for good, mends what can be mended without loss, and returns what both were.
    ///
    /// In the place of each event stands a `ledger.lost` then, with the reason, who accepted it, and the file that
    /// keeps the evidence. `reason` and `actor` have 1 to 1,024 bytes.
    ///
    /// Throws as `mend` does, and `invalidRequest` where these are not exactly the events of one damage, or of several
    /// in a row: nothing was changed then.
    public mutating func acceptLoss(
        of sequences: ClosedRange<UInt64>,
        reason: String,
        actor: String
    ) throws(LedgerError) -> [Corruption] {
        try repair.acceptLoss(of: sequences, reason: reason, actor: actor)
    }
}

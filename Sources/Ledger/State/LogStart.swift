import TradeModel

/// Where opening begins to read the log: after the newest snapshot that can be used, or at the first event.
///
/// Everything here is derived from the log. A missing or damaged file is skipped, and costs only time.
struct LogStart<S: Storage> {
    let runSet: RunSet<S>
    let snapshot: Snapshot?

    /// The first event.
    init() {
        runSet = RunSet()
        snapshot = nil
    }

    /// Looks for runs and snapshots of the ledger.
    init(_ storage: S, _ ledgerID: EventID) throws(LedgerError) {
        let runSet = try RunSet(storage, of: ledgerID)
        let catalog = try SegmentCatalog(storage)
        var usable: Snapshot?
        // Only the runs cover what is before a snapshot.
        for file in try SnapshotFile.all(storage) where file.sequence <= runSet.lastSequence && usable == nil {
            usable = file.read(storage, catalog, of: ledgerID)
        }
        self.runSet = runSet
        snapshot = usable
    }
}

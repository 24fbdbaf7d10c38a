import TradeModel

/// Where opening begins to read the log: behind the newest snapshot that can be used, or at the first event.
///
/// Everything here is derived from the log. What is missing or not intact is passed over, and costs time only.
struct LogStart<S: Storage> {
    let cover: IdentityCover<S>
    let snapshot: Snapshot?

    /// Looks for runs and snapshots of the ledger.
    ///
    /// Beside a writer files may vanish under the look; the next one finds what took their place.
    init(_ storage: S, _ ledgerID: EventID) throws(LedgerError) {
        for _ in 0..<Self.attemptCountMax {
            do throws(LedgerError) {
                try self.init(looking: storage, ledgerID)
                return
            } catch {
                guard error.isMissingFile else { throw error }
            }
        }
        self.init()
    }

    private static var attemptCountMax: Int { 10 }

    /// The first event.
    init() {
        cover = IdentityCover()
        snapshot = nil
    }

    private init(looking storage: S, _ ledgerID: EventID) throws(LedgerError) {
        try self.init(storage, ledgerID, try IdentityCover(storage, try SegmentCatalog(storage), of: ledgerID))
    }

    /// Looks for a snapshot of the ledger alone, whose runs are known.
    init(_ storage: S, _ ledgerID: EventID, _ cover: IdentityCover<S>) throws(LedgerError) {
        let catalog = try SegmentCatalog(storage)
        var usable: Snapshot?
        // What is before a snapshot is known by the runs alone.
        for file in try SnapshotFile.all(storage) where file.sequence <= cover.lastSequence && usable == nil {
            usable = try file.read(storage, catalog, of: ledgerID)
        }
        self.cover = cover
        snapshot = usable
    }
}

import TradeModel

/// Reads a whole log, every segment and frame, and checks that they are one chain.
struct LogScan<S: Storage> {
    let storage: S
    let catalog: SegmentCatalog

    init(_ storage: S) throws(LedgerError) {
        self.storage = storage
        catalog = try SegmentCatalog(storage)
    }

    /// Visits each frame in order and returns the scan of the last segment, whose end may be torn by a crash.
    ///
    /// Begins after the end of a segment, if one is given. Damage anywhere else is thrown.
    func run(
        after end: SegmentEnd? = nil,
        _ visit: (SegmentName, Frame) throws(LedgerError) -> Void
    ) throws(LedgerError) -> SegmentScan {
        var previous: SegmentScan?
        for name in catalog.names where name.firstSequence > end?.sequence ?? 0 {
            try previous?.checkIsFinished(storage, before: name)
            var reader = try FrameReader(storage, name)
            // Checked before the first frame is visited, so that the contents of a foreign file are not taken for
            // events.
            try checkHeader(reader.header, of: reader.name, name, after: previous, end)
            previous = try SegmentScan(storage, &reader) { (frame) throws(LedgerError) in try visit(name, frame) }
            if let offset = try reader.brokenCopyOffset() {
                throw .corruption(storage.directory, reader.name, offset, SealedHeader.brokenCopyReason)
            }
        }
        guard let last = previous else { preconditionFailure("a catalog is not empty") }
        return last
    }

    private func checkHeader(
        _ header: FileHeader,
        of fileName: String,
        _ name: SegmentName,
        after previous: SegmentScan?,
        _ end: SegmentEnd?
    ) throws(LedgerError) {
        let problem: String? =
            if previous == nil && header.firstSequence == name.firstSequence
                && name.firstSequence != 1 + (end?.sequence ?? 0)
            {
                "a segment before this one is gone"
            } else {
                header.problem(
                    as: name,
                    of: previous?.header.ledgerID ?? end?.ledgerID ?? header.ledgerID,
                    after: previous?.lastChecksum ?? end?.checksum ?? 0
                )
            }
        if let problem { throw .corruption(storage.directory, fileName, 0, problem) }
    }
}

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

    /// Which ids the ledger derives after the snapshot.
    func eventIDs(of ledgerID: EventID) -> EventIDAssignment {
        EventIDAssignment(of: ledgerID, reserved: snapshot?.reservedIDs ?? [])
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

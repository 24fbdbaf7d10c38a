import TradeModel

/// Takes in the segments that the writer has finished, and builds what makes opening and lookups fast: an index run for
/// each of them, merged when there are many, and snapshots of the fold.
///
/// An index run says which event has an id, and which events belong to a trade. Opening loads the newest snapshot that
/// the runs cover and reads the log after it. A retry, or an event of a trade closed years ago, costs a lookup in the
/// runs and a read of the event itself. So damage in a finished segment affects only operations that need that segment,
/// and does not keep a writer from opening.
///
/// Each of these files is optional. The checksum that the next segment repeats binds it to the log; a missing, damaged
/// or foreign file costs only time: opening reads the segments and hands them over again.
struct IndexBuilder<S: Storage>: ~Copyable {
    private let storage: S
    private let ledgerID: EventID
    private let shared: SharedRunSet<S>
    private let finished: FinishedSegments
    private let isCancelled: @Sendable () -> Bool

    private static var snapshotCountMax: Int { 2 }

    /// Begins with what opening found.
    init(_ opened: OpenedLog<S>, isCancelled: @escaping @Sendable () -> Bool) throws(LedgerError) {
        storage = opened.storage
        ledgerID = opened.ledgerID
        shared = opened.identities
        finished = opened.finishedSegments
        self.isCancelled = isCancelled
        try removeLeftovers(snapshotSequence: opened.snapshotSequence)
    }

    /// Does part of the pending work; true if more is left.
    func step() throws(LedgerError) -> Bool {
        let runs = shared.runSet.runs
        if !isCancelled(), let count = Compaction<S>.dueCount(runs.map(\.header.eventCount)) {
            return try merge(runs.suffix(count))
        }
        guard let segment = finished.first else { return false }
        if let identities = segment.identities, identities.nextSequence > shared.runSet.lastSequence + 1 {
            try writeRun(of: identities, segment.endChecksum)
        }
        if let snapshot = segment.snapshot { try write(snapshot) }
        finished.removeFirst()
        return true
    }

    private func write(_ snapshot: Snapshot) throws(LedgerError) {
        try noLeftover(SnapshotFile.temporaryName) { () throws(LedgerError) in
            try SnapshotFile.write(snapshot, storage)
        }
        for file in try SnapshotFile.all(storage).dropFirst(Self.snapshotCountMax) { try remove(file.fileName) }
    }

    private func writeRun(of identities: SegmentIdentities, _ endChecksum: UInt32) throws(LedgerError) {
        let sorted = identities.entries.sorted()
        let header = IndexRunHeader(
            ledgerID: ledgerID,
            sequences: identities.firstSequence...(identities.nextSequence - 1),
            entryCount: UInt64(sorted.count),
            keyCount: IndexEntry.keyCount(sorted),
            skippedCount: identities.skippedCount,
            idTimeEnd: identities.idTimeEnd,
            endChecksum: endChecksum
        )
        try noLeftover(IndexRunWriter<S>.temporaryName) { () throws(LedgerError) in
            var writer = try IndexRunWriter(storage, header)
            for entry in sorted { try writer.append(entry) }
            try writer.finish()
        }
        var runSet = shared.runSet
        runSet.append(try opened(IndexRunName(header.sequences)))
        shared.runSet = runSet
    }

    /// Merges several runs into one; false if the ledger is being closed.
    private func merge(_ runs: [IndexRun<S>]) throws(LedgerError) -> Bool {
        let merge = Compaction(storage: storage, runs: runs)
        let isDone = try noLeftover(IndexRunWriter<S>.temporaryName) { () throws(LedgerError) in
            try merge.run(isCancelled: isCancelled)
        }
        guard isDone else { return false }
        let (first, last) = (runs[0].sequences.lowerBound, runs[runs.count - 1].sequences.upperBound)
        var runSet = shared.runSet
        runSet.replaceLast(runs.count, by: try opened(IndexRunName(first...last)))
        shared.runSet = runSet
        for run in runs { try remove(run.name.fileName) }
        return true
    }

    private func opened(_ name: IndexRunName) throws(LedgerError) -> IndexRun<S> {
        guard let run = try IndexRun(storage, name, of: ledgerID) else {
            throw LedgerError(
                .unusable,
                "\(storage.directory)/\(name.fileName) is not what was just written",
                remedy: "check the disk, then open the ledger again"
            )
        }
        return run
    }

    /// Removes the leftovers of a step that fails, for example on a full disk.
    private func noLeftover<Result>(
        _ name: String,
        _ step: () throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        do { return try step() } catch {
            do { try storage.remove(name) } catch {}
            throw error
        }
    }

    /// Removes runs and snapshots that are obsolete: merged ones, and those that opening skipped.
    private func removeLeftovers(snapshotSequence: UInt64) throws(LedgerError) {
        let used = Set(shared.runSet.runs.map(\.name.fileName))
        let names = try storage.list()
        for name in names {
            let isUnusedRun = IndexRunName(fileName: name) != nil && !used.contains(name)
            let isUnusedSnapshot = SnapshotFile(fileName: name).map { $0.sequence > snapshotSequence } ?? false
            let isTemporary = name == IndexRunWriter<S>.temporaryName || name == SnapshotFile.temporaryName
            guard isUnusedRun || isUnusedSnapshot || isTemporary else { continue }
            try storage.remove(name)
        }
    }

    private func remove(_ name: String) throws(LedgerError) {
        try storage.remove(name)
    }
}

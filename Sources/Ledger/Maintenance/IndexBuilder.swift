import TradeModel

/// Follows the log in the background and builds what makes opening and lookups fast: an index run for each finished
/// segment, merged when there are many, and snapshots of the fold.
///
/// An index run says which event has an id, and which events belong to a trade. Opening loads the newest snapshot that
/// the runs cover and reads the log after it. A retry, or an event of a trade closed years ago, costs a lookup in the
/// runs and a read of the event itself. So damage in a finished segment affects only operations that need that segment,
/// and does not keep a writer from opening.
///
/// Each of these files is optional. The checksum that the next segment repeats binds it to the log; a missing, damaged
/// or foreign file costs only time.
struct IndexBuilder<S: Storage>: ~Copyable {
    private let storage: S
    private let ledgerID: EventID
    private let shared: SharedRunSet<S>
    private let isCancelled: @Sendable () -> Bool
    private var cursor: EventCursor<S>
    private var lookup: EventLookup<S>
    private var tradeState: TradeState<SnapshotTrade>
    private var identities: IdentityIndex<S>
    private var lastRecordedAt: Timestamp
    /// The segment after the one that is being read; nil where none is known yet.
    private var nextSegment: SegmentName?
    /// How many segments had been begun when the one that is read next had no successor.
    private var seenCount: Int?
    /// Identities of the events of this segment, of which there is no run yet.
    private var entries: [IndexEntry] = []
    private var idTimeEnd: UInt64 = 0
    private var skippedCount: UInt32 = 0
    /// Bytes of records since the last snapshot, and how large that was.
    private var recordByteCount = 0
    private var snapshotByteCount = 0

    private static var eventCountMax: Int { 1 << 14 }
    /// Writing a snapshot costs this part of the bytes of the log at most.
    private static var snapshotPart: Int { 4 }
    private static var snapshotCountMax: Int { 2 }

    /// Begins where opening began.
    init(
        _ storage: S,
        _ ledgerID: EventID,
        _ shared: SharedRunSet<S>,
        after start: LogStart<S>,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(LedgerError) {
        try Self.removeLeftovers(storage, start)
        self.storage = storage
        self.ledgerID = ledgerID
        self.shared = shared
        self.isCancelled = isCancelled
        cursor = EventCursor(storage, from: (start.snapshot?.sequence ?? 0) + 1, of: ledgerID)
        lookup = EventLookup(storage, of: ledgerID)
        tradeState = start.snapshot?.tradeState ?? TradeState()
        identities = IdentityIndex(start.runSet, start.eventIDs(of: ledgerID))
        lastRecordedAt = start.snapshot?.lastRecordedAt ?? Timestamp(microsecondsSince1970: 0)
        snapshotByteCount = start.snapshot?.byteCount ?? 0
    }

    /// Does part of the pending work for finished segments whose events are durable; true if more is left.
    ///
    /// The last segment waits until it is finished: a ledger that is open for a moment would read it in vain.
    /// `begunCount` is how many segments this process has begun: while it stays the same, nothing new is finished.
    mutating func step(durableSequence: UInt64, begunCount: Int) throws(LedgerError) -> Bool {
        let runs = shared.runSet.runs
        if !isCancelled(), let count = Compaction<S>.dueCount(runs.map(\.header.eventCount)) {
            return try merge(runs.suffix(count))
        }
        if nextSegment == nil && begunCount != seenCount {
            nextSegment = try SegmentCatalog(storage).segment(after: cursor.nextSequence)
            if nextSegment == nil { seenCount = begunCount }
        }
        guard let nextSegment, nextSegment.firstSequence <= durableSequence + 1 else { return false }
        var count = 0
        while count < Self.eventCountMax, let event = try cursor.next(upTo: nextSegment.firstSequence - 1) {
            try take(event)
            count += 1
        }
        if nextSegment.firstSequence == cursor.nextSequence {
            try finishSegment(before: nextSegment)
            self.nextSegment = nil
        }
        return true
    }

    private mutating func take(_ event: Event) throws(LedgerError) {
        if let place = cursor.framePlace { lookup.index.note(firstSequence: place.firstSequence, at: place.position) }
        let subject = Fingerprint.subject(of: event.body)
        let applied = try tradeState.apply(
            event,
            ofSubject: subject,
            identities,
            lookup: { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
        )
        lastRecordedAt = max(lastRecordedAt, event.recordedAt)
        recordByteCount += EventRecord.framedByteCount(event.body, event.idOrigin)
        if let id = event.storedID {
            identities.reserve(id, storedAt: event.sequence, recordedAt: event.recordedAt)
        }
        guard event.sequence > identities.coveredSequence else { return }
        guard case .recorded(let ordinal) = applied else { return skippedCount += 1 }
        if let id = event.storedID {
            note(Fingerprint.event(id), event.sequence)
            idTimeEnd = max(idTimeEnd, id.version7Milliseconds.map { $0 + 1 } ?? 0)
        }
        guard let ordinal else { return }
        identities.insertPlace(ofSubject: subject, ordinal: ordinal, at: event.sequence)
        note(subject, event.sequence)
    }

    private mutating func note(_ fingerprint: UInt64, _ sequence: UInt64) {
        entries.append(IndexEntry(fingerprint: IndexRunHeader.short(fingerprint), sequence: sequence))
    }

    private mutating func finishSegment(before next: SegmentName) throws(LedgerError) {
        let endChecksum = try FrameReader(storage, next).header.previousChecksum
        let last = next.firstSequence - 1
        if last > identities.coveredSequence { try writeRun(upTo: last, endChecksum) }
        guard recordByteCount >= Self.snapshotPart * snapshotByteCount else { return }
        let snapshot = Snapshot(
            ledgerID: ledgerID,
            sequence: last,
            endChecksum: endChecksum,
            lastRecordedAt: lastRecordedAt,
            reservedIDs: identities.reservedIDs(after: last, recordedAt: lastRecordedAt),
            tradeState: tradeState
        )
        snapshotByteCount = try noLeftover(SnapshotFile.temporaryName) { () throws(LedgerError) in
            try SnapshotFile.write(snapshot, storage)
        }
        recordByteCount = 0
        for file in try SnapshotFile.all(storage).dropFirst(Self.snapshotCountMax) { try remove(file.fileName) }
    }

    private mutating func writeRun(upTo last: UInt64, _ endChecksum: UInt32) throws(LedgerError) {
        entries.sort()
        let sorted = entries
        let header = IndexRunHeader(
            ledgerID: ledgerID,
            sequences: (identities.coveredSequence + 1)...last,
            entryCount: UInt64(sorted.count),
            keyCount: IndexEntry.keyCount(sorted),
            skippedCount: skippedCount,
            idTimeEnd: idTimeEnd,
            endChecksum: endChecksum
        )
        try noLeftover(IndexRunWriter<S>.temporaryName) { () throws(LedgerError) in
            var writer = try IndexRunWriter(storage, header)
            for entry in sorted { try writer.append(entry) }
            try writer.finish()
        }
        var runSet = shared.runSet
        runSet.append(try opened(IndexRunName(header.sequences)))
        publish(runSet)
        entries.removeAll(keepingCapacity: true)
        (skippedCount, idTimeEnd) = (0, 0)
    }

    /// Merges several runs into one; false if the ledger is being closed.
    private mutating func merge(_ runs: [IndexRun<S>]) throws(LedgerError) -> Bool {
        let merge = Compaction(storage: storage, runs: runs)
        let isDone = try noLeftover(IndexRunWriter<S>.temporaryName) { () throws(LedgerError) in
            try merge.run(isCancelled: isCancelled)
        }
        guard isDone else { return false }
        let (first, last) = (runs[0].sequences.lowerBound, runs[runs.count - 1].sequences.upperBound)
        var runSet = shared.runSet
        runSet.replaceLast(runs.count, by: try opened(IndexRunName(first...last)))
        publish(runSet)
        for run in runs { try remove(run.name.fileName) }
        return true
    }

    private mutating func publish(_ runSet: RunSet<S>) {
        identities.adopt(runSet)
        shared.runSet = runSet
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
    private static func removeLeftovers(_ storage: S, _ start: LogStart<S>) throws(LedgerError) {
        let used = Set(start.runSet.runs.map(\.name.fileName))
        let names = try storage.list()
        let usable = start.snapshot?.sequence ?? 0
        for name in names {
            let isUnusedRun = IndexRunName(fileName: name) != nil && !used.contains(name)
            let isUnusedSnapshot = SnapshotFile(fileName: name).map { $0.sequence > usable } ?? false
            let isTemporary = name == IndexRunWriter<S>.temporaryName || name == SnapshotFile.temporaryName
            guard isUnusedRun || isUnusedSnapshot || isTemporary else { continue }
            try storage.remove(name)
        }
    }

    private func remove(_ name: String) throws(LedgerError) {
        try storage.remove(name)
    }
}

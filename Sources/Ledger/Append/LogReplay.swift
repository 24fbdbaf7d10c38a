import TradeModel

/// What opening reads: the newest snapshot and the log after it, taken in by an admission.
struct LogReplay<S: Storage>: ~Copyable {
    /// The index runs that it found.
    let runSet: RunSet<S>
    /// The last event of the snapshot that it began with; 0 where there was none.
    let snapshotSequence: UInt64
    /// The finished segments that it read: all except the last one of the log.
    let finishedSegments = FinishedSegments()
    let scan: SegmentScan
    var admission: Admission<S>
    var lookup: EventLookup<S>

    /// Reads a log; all of it if the derived files cannot be used.
    init(_ storage: S, clock: LedgerClock) throws(LedgerError) {
        let log = try LogScan(storage)
        let ledgerID = try FrameReader(storage, log.catalog.last).header.ledgerID
        do throws(LedgerError) {
            try self.init(log, ledgerID, after: try LogStart(storage, ledgerID), clock: clock)
        } catch {
            // Other faults are the log's own.
            guard error.code == .unusable else { throw error }
            try self.init(log, ledgerID, after: LogStart(), clock: clock)
        }
    }

    private init(
        _ log: LogScan<S>,
        _ ledgerID: EventID,
        after start: consuming LogStart<S>,
        clock: LedgerClock
    ) throws(LedgerError) {
        let storage = log.storage
        var lookup = EventLookup(storage, of: ledgerID)
        let (runSet, end) = (start.runSet, start.snapshot?.end)
        // The admission takes over the snapshot's trades. If the start kept them too, each change would copy some.
        var admission = Admission(of: ledgerID, after: consume start, clock: clock)
        let finishedSegments = finishedSegments
        var last: (segment: SegmentName, endChecksum: UInt32)?
        let scan = try log.run(after: end) { (segment, frame) throws(LedgerError) in
            if let last, last.segment != segment {
                finishedSegments.append(admission.finishSegment(endChecksum: last.endChecksum))
            }
            last = (segment, frame.successorChecksum)
            let position = LogPosition(segment: segment, offset: frame.offset)
            lookup.index.note(firstSequence: frame.header.firstSequence, at: position)
            try Self.take(frame, segment, storage, &admission, &lookup)
        }
        self.runSet = runSet
        snapshotSequence = end?.sequence ?? 0
        self.scan = scan
        self.admission = admission
        self.lookup = lookup
    }

    private static func take(
        _ frame: Frame,
        _ segment: SegmentName,
        _ storage: S,
        _ admission: inout Admission<S>,
        _ lookup: inout EventLookup<S>
    ) throws(LedgerError) {
        var records = RecordIterator(frame)
        while true {
            let event: Event?
            do throws(BodyFault) { event = try records.next() } catch {
                throw .corruption(storage.directory, segment.fileName, frame.offset, error.message)
            }
            guard let event else { return }
            try admission.replay(event) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
        }
    }
}

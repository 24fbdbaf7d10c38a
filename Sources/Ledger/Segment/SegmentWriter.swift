import TradeModel

/// The end of the event log: appends frames to the last segment and begins the next one when it is full.
struct SegmentWriter<S: Storage>: ~Copyable {
    private let spare: SpareSegment<S>
    private let ledgerID: EventID
    private let segmentByteCount: Int
    private let clock: LedgerClock
    private var active: FrameAppender<S>
    private let durableFile: OpenFile<S>
    /// Segments begun since the ledger was opened.
    private(set) var rollCount = 0

    /// Continues a log whose tail was mended.
    init(
        _ storage: S,
        continuing scan: SegmentScan,
        spare: SpareSegment<S>,
        configuration: LedgerConfiguration,
        clock: LedgerClock
    ) throws(LedgerError) {
        let appender = try FrameAppender(storage, continuing: scan)
        let durableFile = try OpenFile(storage, DurablePosition.fileName, .readingAndWriting)
        self.spare = spare
        ledgerID = scan.header.ledgerID
        segmentByteCount = configuration.segmentByteCount
        self.clock = clock
        active = appender
        self.durableFile = durableFile
    }

    /// The sequence of the last durable event.
    var durableSequence: UInt64 { active.durableSequence }

    /// The segment that is written to, and where its next frame begins.
    var position: LogPosition {
        LogPosition(segment: SegmentName(fileName: active.name) ?? SegmentName(firstSequence: 1), offset: active.offset)
    }

    /// Whether a frame with such a payload fits into the active segment.
    func hasRoom(payloadByteCount: Int) -> Bool {
        active.offset + FrameHeader.frameByteCount(payload: payloadByteCount) <= segmentByteCount
    }

    /// Begins the next segment.
    ///
    /// Nothing that was acknowledged is at stake, so the caller can try again after a failure.
    mutating func roll() throws(LedgerError) {
        active = try spare.become(
            FileHeader(
                kind: .events,
                ledgerID: ledgerID,
                firstSequence: active.nextSequence,
                createdAt: clock.now(),
                durableUpTo: active.durableSequence,
                previousChecksum: active.lastChecksum
            )
        )
        rollCount += 1
    }

    /// Writes and flushes a frame for which room was reserved, then tells readers how far the log is durable.
    mutating func append(_ frame: inout [UInt8], count: Int) throws(LedgerError) {
        precondition(active.offset + frame.count <= segmentByteCount, "room for the frame was reserved")
        if Mutation.publishBeforeFlush.isActive { try publish(durableSequence + UInt64(count)) }
        try active.append(&frame, count: count)
        try publish()
    }

    /// Vouches on disk for the last frame, which has no successor yet.
    mutating func assertDurable() throws(LedgerError) {
        guard active.assertedSequence < active.durableSequence, !Mutation.skipEmptyFrame.isActive else { return }
        // The header of a new segment vouches as well as an empty frame does.
        guard hasRoom(payloadByteCount: 0) else { return try roll() }
        try active.assertDurable()
    }

    /// Tells readers of other processes how far the log is durable.
    ///
    /// Written, not flushed: see `DurablePosition`.
    func publish() throws(LedgerError) { try publish(durableSequence) }

    private func publish(_ sequence: UInt64) throws(LedgerError) {
        try durableFile.write(DurablePosition.encode(sequence), at: 0)
    }
}

/// A place in the log: a segment and an offset in it, in bytes.
struct LogPosition: Hashable {
    let segment: SegmentName
    let offset: Int
}

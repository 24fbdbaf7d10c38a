import TradeModel

/// The end of the event log: appends frames to the last segment and begins the next one when it is full.
struct SegmentWriter<S: Storage>: ~Copyable {
    private let preallocated: PreallocatedSegment<S>
    private let ledgerID: EventID
    private let segmentByteCount: Int
    /// How much of a segment can be used: less than all of it where files may not become as long.
    private(set) var usableByteCount: Int
    private let storage: S
    private let clock: LedgerClock
    private var active: FrameAppender<S>
    private let durableFile: OpenFile<S>
    private var durableBytes = [UInt8](repeating: 0, count: DurableWatermark.byteCount)
    /// The active segment.
    private var segment: SegmentName
    /// Segments begun since the ledger was opened.
    private(set) var rollCount = 0

    /// Continues a log after its tail was recovered.
    init(
        _ storage: S,
        continuing scan: SegmentScan,
        preallocated: PreallocatedSegment<S>,
        configuration: LedgerConfiguration,
        clock: LedgerClock
    ) throws(LedgerError) {
        let appender = try FrameAppender(storage, continuing: scan)
        let durableFile = try OpenFile(ofLedger: storage, DurableWatermark.fileName, .readingAndWriting)
        self.preallocated = preallocated
        ledgerID = scan.header.ledgerID
        segmentByteCount = configuration.segmentByteCount
        usableByteCount = min(segmentByteCount, storage.fileByteCountMax)
        self.storage = storage
        self.clock = clock
        active = appender
        segment = SegmentName(firstSequence: scan.header.firstSequence)
        self.durableFile = durableFile
    }

    /// The sequence of the last durable event.
    var durableSequence: UInt64 { active.durableSequence }

    /// The segment that is written to, and where its next frame begins.
    var position: LogPosition {
        LogPosition(segment: segment, offset: active.offset)
    }

    /// Whether a frame with such a payload fits into the active segment.
    func hasRoom(payloadByteCount: Int) -> Bool {
        active.offset + FrameHeader.frameByteCount(payload: payloadByteCount) <= usableByteCount
    }

    /// Whether a frame with such a payload fits into a segment that is empty.
    func canHold(payloadByteCount: Int) -> Bool {
        FileHeader.byteCount + FrameHeader.frameByteCount(payload: payloadByteCount) <= usableByteCount
    }

    /// Throws where the active segment was removed or replaced.
    func checkInPlace() throws(LedgerError) { try active.checkInPlace() }

    /// Asks again how long files may become, which can change while the process runs.
    mutating func refreshLimit() {
        usableByteCount = min(segmentByteCount, storage.fileByteCountMax)
    }

    /// Begins the next segment, or returns the reason if the disk is full: the log is then unchanged.
    ///
    /// After an error nothing may be appended.
    mutating func roll() throws(LedgerError) -> LedgerError? {
        let header = FileHeader(
            kind: .events,
            ledgerID: ledgerID,
            firstSequence: active.nextSequence,
            createdAt: clock.now(),
            durableUpTo: active.durableSequence,
            previousChecksum: active.lastChecksum
        )
        do throws(LedgerError) { active = try preallocated.become(header) } catch {
            guard error.isDiskFull else { throw error }
            return error
        }
        segment = SegmentName(firstSequence: header.firstSequence)
        rollCount += 1
        return nil
    }

    /// Writes and flushes a frame for which room was reserved, then tells readers how far the log is durable.
    mutating func append(_ frame: inout [UInt8], count: Int) throws(LedgerError) {
        precondition(active.offset + frame.count <= usableByteCount, "room for the frame was reserved")
        if Failpoint.publishBeforeFlush.isActive { try publish(durableSequence + UInt64(count)) }
        try active.append(&frame, count: count)
        try publish()
    }

    /// Records on disk that the last frame is durable, since no later frame does so yet.
    mutating func assertDurable() throws(LedgerError) {
        guard active.assertedSequence < active.durableSequence, !Failpoint.skipEmptyFrame.isActive else { return }
        if hasRoom(payloadByteCount: 0) {
            try active.assertDurable()
        } else {
            // The header of a new segment serves as well as an empty frame. On a full disk there is neither, and
            // opening proves the last frame as after a crash.
            _ = try roll()
        }
    }

    /// Tells readers of other processes how far the log is durable.
    ///
    /// Written, not flushed: see `DurableWatermark`.
    mutating func publish() throws(LedgerError) { try publish(durableSequence) }

    private mutating func publish(_ sequence: UInt64) throws(LedgerError) {
        DurableWatermark.encode(sequence, into: &durableBytes)
        try durableFile.write(durableBytes, at: 0)
    }
}

/// A place in the log: a segment and an offset in it, in bytes.
struct LogPosition: Hashable {
    let segment: SegmentName
    let offset: Int
}

/// Appends frames to one file.
///
/// A frame counts as durable only when `append` has returned.
struct FrameAppender<S: Storage>: ~Copyable {
    let name: String
    /// Where the next frame begins.
    private(set) var offset: Int
    /// The checksum that the next frame repeats.
    private(set) var lastChecksum: UInt32
    /// The sequence after the last durable event.
    private(set) var nextSequence: UInt64
    /// The highest sequence that bytes on disk assert to be durable.
    private(set) var assertedSequence: UInt64
    private let file: OpenFile<S>

    /// Continues a file after its last whole frame.
    init(_ storage: S, continuing scan: SegmentScan) throws(LedgerError) {
        name = scan.name
        offset = scan.endOffset
        lastChecksum = scan.lastChecksum
        nextSequence = scan.nextSequence
        assertedSequence = scan.assertedSequence
        file = try OpenFile(storage, scan.name, .readingAndWriting)
    }

    /// Begins a file whose header was written and flushed.
    init(_ storage: S, _ name: String, beginning header: FileHeader) throws(LedgerError) {
        self.name = name
        offset = FileHeader.byteCount
        lastChecksum = header.checksum
        nextSequence = header.firstSequence
        assertedSequence = header.durableUpTo
        file = try OpenFile(storage, name, .readingAndWriting)
    }

    /// The sequence of the last durable event.
    var durableSequence: UInt64 { nextSequence - 1 }

    /// Throws if the file has lost its name, because appended data would be lost with it.
    func checkInPlace() throws(LedgerError) { try file.checkNamed(name) }

    /// Writes a frame and flushes it.
    ///
    /// `frame` begins with room for the header, the payload follows. After a failure the file is in an unknown state
    /// and must not be appended to again, unless `eraseRemains` brought it back to a known one.
    mutating func append(_ frame: inout [UInt8], count: Int) throws(LedgerError) {
        let header = FrameHeader(
            payloadByteCount: frame.count - FrameHeader.byteCount,
            count: count,
            firstSequence: nextSequence,
            durableUpTo: durableSequence,
            previousChecksum: lastChecksum,
            payloadChecksum: Checksum.crc32c(frame[FrameHeader.byteCount...])
        )
        let checksum = header.seal(&frame)
        try file.write(frame, at: offset)
        if !Failpoint.acknowledgeBeforeFlush.isActive { try file.synchronize() }
        assertedSequence = header.durableUpTo
        offset += frame.count
        lastChecksum = checksum
        nextSequence = header.endSequence
    }

    /// Overwrites with zeros the remains of a write for which the disk had no room.
    ///
    /// The next frame may be shorter, and remains after it would look like a torn write.
    func eraseRemains() throws(LedgerError) {
        let remains = try file.bytes(offset..<max(offset, try file.byteCount()))
        guard let last = remains.lastIndex(where: { $0 != 0 }) else { return }
        try file.write([UInt8](repeating: 0, count: last + 1), at: offset)
        try file.synchronize()
    }

    /// Reserves space after the last frame, where the file system can.
    func reserve(_ byteCount: Int) throws(LedgerError) {
        _ = try file.allocate(offset + byteCount)
    }

    /// How long the file is, with what is reserved after the last frame.
    func fileByteCount() throws(LedgerError) -> Int { try file.byteCount() }

    /// Writes an empty frame that asserts that the last frame is durable, if no later frame does.
    mutating func assertDurable() throws(LedgerError) {
        guard assertedSequence < durableSequence else { return }
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        try append(&frame, count: 0)
    }
}

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
    /// The clock for `effort`; nil where nobody asks for that.
    var nanoseconds: (@Sendable () -> UInt64)?
    /// What writing took while there was a clock.
    private(set) var effort = WriteEffort()

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

    /// The checksum of the last frame, which a next segment repeats.
    var lastChecksum: UInt32 { active.lastChecksum }

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
        let begunAt = nanoseconds?()
        defer { addFlush(since: begunAt) }
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
        guard let nanoseconds else {
            try active.append(&frame, count: count)
            return try publish()
        }
        let begunAt = nanoseconds()
        var writtenAt = begunAt
        try active.append(&frame, count: count) { writtenAt = nanoseconds() }
        effort.byteCount += frame.count
        effort.writeNanoseconds += writtenAt - begunAt
        addFlush(since: writtenAt)
        try publish()
    }

    /// Counts the time since a moment as that of a flush; a moment is nil where there is no clock.
    mutating func addFlush(since begunAt: UInt64?) {
        guard let nanoseconds, let begunAt else { return }
        effort.flushNanoseconds += nanoseconds() - begunAt
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

    /// Writes to the log and flushes it without changing it.
    func testFlush() throws(LedgerError) { try active.testFlush(hasRoom: hasRoom(payloadByteCount: 0)) }

    /// Tells readers of other processes how far the log is durable.
    ///
    /// Written, not flushed: see `DurableWatermark`.
    mutating func publish() throws(LedgerError) { try publish(durableSequence) }

    private mutating func publish(_ sequence: UInt64) throws(LedgerError) {
        DurableWatermark.encode(sequence, into: &durableBytes)
        try durableFile.write(durableBytes, at: 0)
    }
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
    /// and must not be appended to again, unless `eraseRemains` brought it back to a known one. `beforeFlush` runs
    /// between the two.
    mutating func append(
        _ frame: inout [UInt8],
        count: Int,
        beforeFlush: () -> Void = {}
    ) throws(LedgerError) {
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
        beforeFlush()
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

    /// Writes the zeros again that are where the next frame will begin, and flushes the file.
    ///
    /// Without room for a frame it only flushes, and so it does on a full disk, if that has no room even for zeros over
    /// zeros. After another error the file must not be appended to.
    func testFlush(hasRoom: Bool) throws(LedgerError) {
        if hasRoom {
            let zeros = [UInt8](repeating: 0, count: FrameHeader.byteCount)
            do throws(LedgerError) { try file.write(zeros, at: offset) } catch {
                guard error.isDiskFull else { throw error }
            }
        }
        try file.synchronize()
    }

    /// Writes an empty frame that asserts that the last frame is durable, if no later frame does.
    mutating func assertDurable() throws(LedgerError) {
        guard assertedSequence < durableSequence else { return }
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        try append(&frame, count: 0)
    }
}

/// The next segment, preallocated.
///
/// Its space is the reserve that lets open trades be closed on a full disk, and a flush into blocks that were written
/// before is faster than a flush into new ones.
///
/// The reserve is allocated when a segment is begun. While that fails, events that may not use it are refused
/// (`disk_full`), and those that may use the rest of the last segment. Each commit tries again.
///
/// The commit thread allocates the reserve, which is fast because nothing is written. Another thread then fills it with
/// zeros.
package final class PreallocatedSegment<S: Storage>: Sendable {
    private let storage: S
    private let byteCount: Int
    /// Held by the thread that works on the files for as long as the disk takes, so that no thread writes zeros to a
    /// file that has become a segment.
    private let gate = Lock(Stage.unknown)
    /// Checked before each commit, so it is never held during disk I/O.
    private let reserve = Lock(Reserve.undecided)
    private let begun = Lock(0)

    /// How far the files have come.
    private enum Stage {
        case unknown
        /// The temporary file has its space.
        case allocated
        /// The file is filled with zeros and has its name.
        case written
    }

    private enum Reserve {
        case undecided
        case held
        /// There was no room for it.
        case exhausted
    }

    static var fileName: String { "spare.segment" }
    private static var temporaryName: String { "spare.tmp" }
    /// The files, of which one is there while there is a reserve.
    static var fileNames: Set<String> { [fileName, temporaryName] }
    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, byteCount: Int) {
        self.storage = storage
        self.byteCount = byteCount
    }

    /// How many segments were begun with it.
    var begunCount: Int { begun.withLock { $0 } }

    /// Makes sure that there is space for the next segment; returns the reason if the disk is full.
    ///
    /// Returns at once if there is, and otherwise tries to allocate it, on each call. If the file system cannot
    /// allocate, only writing shows whether there is space, so the file is written.
    func secure() throws(LedgerError) -> LedgerError? {
        if case .held = reserve.withLock({ $0 }) { return nil }
        do throws(LedgerError) {
            try gate.withLock { (stage) throws(LedgerError) in try allocate(&stage) }
            return nil
        } catch {
            guard error.isDiskFull else { throw error }
            return error
        }
    }

    /// Fills the allocated file with zeros and names it, so that the next segment does not have to wait.
    ///
    /// Takes as long as the disk needs to write it. Does nothing on a full disk: only `secure` tries again.
    package func prepare() throws(LedgerError) {
        if case .exhausted = reserve.withLock({ $0 }) { return }
        try gate.withLock { (stage) throws(LedgerError) in try complete(&stage) }
    }

    /// Turns the preallocated file, created now if necessary, into the segment that the header describes.
    ///
    /// The header is durable under the old name before the new name appears, so a segment never lacks its header. A
    /// full disk leaves the log unchanged; after any other error nothing may be appended to it.
    func become(_ header: FileHeader) throws(LedgerError) -> FrameAppender<S> {
        let name = SegmentName(firstSequence: header.firstSequence).fileName
        try gate.withLock { (stage) throws(LedgerError) in
            try complete(&stage)
            stage = .unknown
            reserve.withLock { $0 = .undecided }
            let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
            try file.write(header.encoded(), at: 0)
            if !Failpoint.renameBeforeHeader.isActive { try file.synchronize() }
            try storage.rename(Self.fileName, to: name)
            do throws(LedgerError) { try flushName() } catch {
                // Another process that opens the log may find the new segment, so the old one must not grow; a power
                // cut may take the new one, so nothing may be acknowledged there. A full disk is no exception.
                throw LedgerError(.unusable, error.message, remedy: error.remedy)
            }
            begun.withLock { $0 += 1 }
            // Allocated at once, so that the outcome is known before the next event; `secure` reports why it failed.
            do throws(LedgerError) { try allocate(&stage) } catch {}
        }
        return try FrameAppender(storage, name, beginning: header)
    }

    /// Gets the space where it is not there yet.
    private func allocate(_ stage: inout Stage) throws(LedgerError) {
        guard case .unknown = stage else { return }
        try noting(&stage) { (stage) throws(LedgerError) in
            if try size(of: Self.fileName) == byteCount {
                // One that was copied from elsewhere may have holes.
                _ = try OpenFile(storage, Self.fileName, .readingAndWriting).allocate(byteCount)
                stage = .written
            } else if try temporaryFile().allocate(byteCount) {
                stage = .allocated
            } else {
                try writeThrough(&stage)
            }
        }
    }

    /// Creates the file unless there is one of the right size.
    private func complete(_ stage: inout Stage) throws(LedgerError) {
        try allocate(&stage)
        guard case .allocated = stage else { return }
        try noting(&stage, writeThrough)
    }

    /// Takes note of whether there is a reserve after a step towards it.
    private func noting(
        _ stage: inout Stage,
        _ step: (inout Stage) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        do throws(LedgerError) {
            try step(&stage)
            reserve.withLock { $0 = .held }
        } catch {
            stage = .unknown
            reserve.withLock { $0 = error.isDiskFull ? .exhausted : .undecided }
            // A partial file only wastes space on a full disk; the original error is what matters.
            do { try storage.remove(Self.temporaryName) } catch {}
            throw error
        }
    }

    /// The file to preallocate: an earlier attempt keeps its space, unless it is too long.
    private func temporaryFile() throws(LedgerError) -> OpenFile<S> {
        guard let size = try size(of: Self.temporaryName), size <= byteCount else {
            return try OpenFile(creating: Self.temporaryName, storage)
        }
        return try OpenFile(storage, Self.temporaryName, .readingAndWriting)
    }

    /// The size of a file in bytes; nil where there is none of that name.
    private func size(of name: String) throws(LedgerError) -> Int? {
        guard try storage.list().contains(name) else { return nil }
        return try OpenFile(storage, name, .reading).byteCount()
    }

    private func writeThrough(_ stage: inout Stage) throws(LedgerError) {
        let file = try OpenFile(storage, Self.temporaryName, .readingAndWriting)
        let zeros = [UInt8](repeating: 0, count: min(Self.chunkByteCount, byteCount))
        var offset = 0
        while offset < byteCount {
            let count = min(zeros.count, byteCount - offset)
            try file.write(zeros[..<count], at: offset)
            offset += count
        }
        try file.synchronize()
        try storage.rename(Self.temporaryName, to: Self.fileName)
        try flushName()
        stage = .written
    }

    private func flushName() throws(LedgerError) {
        if !Failpoint.skipDirectoryFlush.isActive { try storage.synchronizeDirectory() }
    }
}

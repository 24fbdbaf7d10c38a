import TradeModel

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

import TradeModel

/// Reads the frames of one file in order, a chunk at a time; of a sealed segment as if it were plain.
///
/// A frame is one group commit, and it is valid as a whole or not at all. Each length is checked against the available
/// bytes before it is used.
struct FrameReader<S: Storage>: ~Copyable {
    /// The result of reading the next frame.
    enum Step {
        case frame(Frame)
        /// Nothing was written here, or the file ends.
        case end
        /// Something was written here that is not a whole frame: the reason.
        case broken(String)
    }

    let header: FileHeader
    private let derivedIDs: DerivedEventIDs
    /// Where the next frame begins.
    private(set) var offset = FileHeader.byteCount
    /// The checksum that the next frame must repeat; nil after a jump into the middle.
    private var previousChecksum: UInt32?
    private var image: SegmentImage<S>
    private var chunk: [UInt8] = []
    private var chunkOffset = 0

    /// Opens a segment of the log, plain or sealed, and checks its header.
    init(_ storage: S, _ name: SegmentName) throws(LedgerError) {
        try self.init(storage, try SegmentImage(storage, name))
    }

    /// Opens a file, whose name tells its form unless it is given, and checks its header.
    init(_ storage: S, _ fileName: String, _ form: SegmentName.Form? = nil) throws(LedgerError) {
        try self.init(storage, try SegmentImage(storage, fileName: fileName, form))
    }

    private init(_ storage: S, _ image: consuming SegmentImage<S>) throws(LedgerError) {
        let head = try image.bytes(0..<FileHeader.byteCount)
        let decoded: (header: FileHeader, checksum: UInt32)
        do { decoded = try FileHeader.decode(head[...]) } catch {
            throw .header(error, file: image.fileName, in: storage.directory)
        }
        self.image = image
        header = decoded.header
        derivedIDs = DerivedEventIDs(of: header.ledgerID)
        previousChecksum = decoded.checksum
    }

    /// Opens a file whose header is not intact, assuming this header; the checksum that its first frame repeats is then
    /// unknown.
    init(_ storage: S, _ fileName: String, presuming header: FileHeader) throws(LedgerError) {
        image = try SegmentImage(storage, fileName: fileName)
        self.header = header
        derivedIDs = DerivedEventIDs(of: header.ledgerID)
    }

    /// The name of the file that is read.
    var name: String { image.fileName }

    /// The segment that is read; nil where the file has not the name of one.
    var segment: SegmentName? { SegmentName(fileName: name) }

    /// Whether the file is a sealed segment, which ends with its last frame.
    var isSealed: Bool { image.isSealed }

    /// How long the segment is when it is plain, in bytes.
    var imageByteCount: Int { image.byteCount }

    /// Where in the file a byte of the segment lies.
    func fileOffset(of offset: Int) -> Int { image.fileOffset(of: offset) }

    /// Where a sealed file is damaged without losing an event; nil if it is intact.
    func brokenCopyOffset() throws(LedgerError) -> Int? { try image.brokenCopyOffset() }

    /// Reads the next frame and moves past it; does not move on `end` and `broken`.
    ///
    /// No checksum covers the padding: anything but zeros there is damage too, unless `ignoringPadding`.
    mutating func next(ignoringPadding: Bool = false) throws(LedgerError) -> Step {
        guard try fill(FrameHeader.byteCount) else { return .end }
        if let reason = image.corruption(at: offset) { return .broken(reason) }
        let start = offset - chunkOffset
        guard let (header, checksum) = FrameHeader.decode(chunk[...], at: start) else {
            let bytes = chunk[start..<(start + FrameHeader.byteCount)]
            return bytes.allSatisfy { $0 == 0 } ? .end : .broken("no frame header")
        }
        if let previousChecksum, header.previousChecksum != previousChecksum {
            return .broken("a frame that does not follow the one before it")
        }
        // The length is trusted only as far as the file goes.
        guard header.frameByteCount <= image.byteCount - offset else { return .broken("a frame longer than the file") }
        guard try fill(header.frameByteCount) else { return .broken("a frame longer than the file") }
        let frameStart = offset - chunkOffset
        let payloadStart = frameStart + FrameHeader.byteCount
        let payload = chunk[payloadStart..<(payloadStart + header.payloadByteCount)]
        guard Checksum.crc32c(payload) == header.payloadChecksum || Failpoint.trustFrameHeader.isActive else {
            return .broken("a frame whose payload does not match its checksum")
        }
        let padding = chunk[payload.endIndex..<(frameStart + header.frameByteCount)]
        let isPaddingZero = padding.allSatisfy { $0 == 0 }
        guard isPaddingZero || ignoringPadding else {
            return .broken("a frame whose padding is not zero")
        }
        let bytes = chunk[frameStart..<payload.endIndex]
        guard
            let frame = Frame(
                header: header,
                checksum: checksum,
                offset: offset,
                bytes: bytes,
                isPaddingZero: isPaddingZero,
                of: derivedIDs
            )
        else { return .broken("a loss frame that does not say what follows it") }
        offset = frame.endOffset
        previousChecksum = frame.successorChecksum
        return .frame(frame)
    }

    /// Skips a damaged place and moves to the next whole frame that is accepted; if there is none, moves to the end of
    /// the file and returns false.
    ///
    /// `note` gets each header that is intact, of a whole frame or not. O(bytes).
    mutating func skipCorruption(
        note: (FrameHeader) -> Void,
        accepts: (Frame) -> Bool
    ) throws(LedgerError) -> Bool {
        previousChecksum = nil
        if try fill(FrameHeader.byteCount), let (header, _) = FrameHeader.decode(chunk[...], at: offset - chunkOffset) {
            note(header)
        }
        offset += FrameHeader.alignment
        while try fill(FrameHeader.byteCount) {
            // Most of the skipped bytes are zeros.
            let rest = chunk[(offset - chunkOffset)...]
            let place = stride(from: rest.startIndex, to: rest.endIndex, by: FrameHeader.alignment)
                .first { rest[$0] == FrameHeader.firstByte }
            guard let place else {
                jump(
                    to: offset + (rest.count + FrameHeader.alignment - 1) / FrameHeader.alignment
                        * FrameHeader.alignment
                )
                continue
            }
            let start = chunkOffset + place
            jump(to: start)
            guard try fill(FrameHeader.byteCount) else { return false }
            if let (header, _) = FrameHeader.decode(chunk[...], at: start - chunkOffset) {
                note(header)
                if case .frame(let frame) = try next(ignoringPadding: true), accepts(frame) {
                    jump(to: start)
                    return true
                }
            }
            jump(to: start + FrameHeader.alignment)
        }
        return false
    }

    /// Whether the file is empty or all zeros from an offset on.
    ///
    /// O(bytes), a chunk at a time.
    mutating func isEmpty(from start: Int) throws(LedgerError) -> Bool {
        var offset = start
        while offset < image.byteCount {
            chunkOffset = try image.load(offset, 1, into: &chunk)
            guard image.corruption(at: offset) == nil, !chunk.isEmpty,
                chunk[(offset - chunkOffset)...].allSatisfy({ $0 == 0 })
            else { return chunk.isEmpty }
            offset = chunkOffset + chunk.count
        }
        return true
    }

    /// Drops the bytes read ahead, because the writer may have written there since.
    mutating func refresh() throws(LedgerError) {
        guard !isSealed else { return }
        chunk = []
        try image.refresh()
    }

    /// Moves ahead to a place before a sequence with not much between, where the file knows one: in a sealed segment
    /// to the block that holds it.
    mutating func skip(towards sequence: UInt64) {
        guard let block = image.table?.block(before: sequence), block.image.lowerBound > offset else { return }
        jump(to: block.image.lowerBound)
    }

    /// A sequence not after the last one that was recorded at a time or before, where the file knows one: in a sealed
    /// segment that with which its block begins.
    func sequence(before time: Timestamp) -> UInt64? { image.table?.block(before: time)?.firstSequence }

    /// Goes on at a frame that begins at the offset.
    mutating func jump(to newOffset: Int) {
        offset = newOffset
        previousChecksum = nil
    }

    /// Makes so many bytes from `offset` on available in `chunk`; false where the file ends before.
    private mutating func fill(_ byteCount: Int) throws(LedgerError) -> Bool {
        if offset >= chunkOffset && offset + byteCount <= chunkOffset + chunk.count { return true }
        chunkOffset = try image.load(offset, byteCount, into: &chunk)
        return chunk.count - (offset - chunkOffset) >= byteCount
    }
}

extension LedgerError {
    static func header(_ fault: FileHeader.Fault, file: String, in directory: String) -> LedgerError {
        switch fault {
        case .notAHeader: .corruption(directory, file, 0, "the file header is not intact")
        case .newerVersion(let version):
            LedgerError(
                .newerFormat,
                "\(directory)/\(file) has format version \(version), newer than \(FileHeader.version)",
                remedy: "use a newer tradeledger"
            )
        }
    }
}

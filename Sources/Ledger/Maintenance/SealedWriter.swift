import TradeModel

/// Where a finished segment is cut into blocks, found by reading all of it: only whole frames are sealed.
struct SealPlan {
    /// The bytes of one block, and what its entry says of them.
    struct Cut {
        var image: Range<Int>
        let firstSequence: UInt64
        /// When its first event was recorded; the time of the block before where it has none.
        var recordedAt: Timestamp?
    }

    let name: SegmentName
    let header: FileHeader
    let cuts: [Cut]
    let endSequence: UInt64
    let imageByteCount: Int

    /// Reads the plain segment.
    ///
    /// A block has whole frames and about so many bytes; a frame that is longer is one block. Throws `damaged` where
    /// the frames are not whole up to the next segment.
    init<S: Storage>(
        _ storage: S,
        _ name: SegmentName,
        before next: SegmentName,
        blockByteCount: Int
    ) throws(LedgerError) {
        var cuts: [Cut] = []
        let scan = try SegmentScan(storage, name.fileName(.plain)) { (frame) throws(LedgerError) in
            if let last = cuts.last, frame.endOffset - last.image.lowerBound <= blockByteCount {
                cuts[cuts.count - 1].image = last.image.lowerBound..<frame.endOffset
            } else {
                cuts.append(Cut(image: frame.offset..<frame.endOffset, firstSequence: frame.header.firstSequence))
            }
            guard cuts[cuts.count - 1].recordedAt == nil else { return }
            var records = RecordIterator(frame)
            do throws(BodyFault) { cuts[cuts.count - 1].recordedAt = try records.next()?.recordedAt } catch {
                throw .corruption(storage.directory, name.fileName(.plain), frame.offset, error.message)
            }
        }
        try scan.checkIsFinished(storage, before: next)
        self.name = name
        self.cuts = cuts
        header = scan.header
        endSequence = scan.nextSequence
        imageByteCount = scan.endOffset
    }
}

/// Writes a sealed segment under a temporary name, one block at a time; it is not read until it is complete.
struct SealedWriter<S: Storage>: ~Copyable {
    private let file: OpenFile<S>
    private var blocks: [SealedBlock] = []
    private var offset = SealedHeader.byteCount
    private var checksum: UInt32

    /// Begins an empty file.
    init(_ storage: S, _ fileName: String, _ header: FileHeader) throws(LedgerError) {
        file = try OpenFile(creating: fileName, storage)
        checksum = Checksum.crc32c(header.encoded()[...])
    }

    /// Appends the block with these bytes of the image, after a copy of its entry.
    mutating func append(_ cut: SealPlan.Cut, _ bytes: [UInt8]) throws(LedgerError) {
        let (codec, stored) = BlockCodec.compress(bytes[...])
        let start = offset + SealedBlock.byteCount
        let block = SealedBlock(
            image: cut.image,
            stored: start..<(start + stored.count),
            codec: codec,
            firstSequence: cut.firstSequence,
            recordedAt: cut.recordedAt ?? blocks.last?.recordedAt ?? Timestamp(microsecondsSince1970: 0),
            checksum: Checksum.crc32c(stored[...])
        )
        try file.write(block.encoded() + stored, at: offset)
        offset = block.stored.upperBound
        checksum = Checksum.crc32c(bytes[...], continuing: checksum)
        blocks.append(block)
    }

    /// Writes the table and both copies of the header, and flushes the file.
    mutating func finish(_ plan: SealPlan) throws(LedgerError) {
        let header = SealedHeader(
            blockCount: blocks.count,
            endSequence: plan.endSequence,
            imageByteCount: plan.imageByteCount,
            tableOffset: offset,
            imageChecksum: checksum,
            imageHeader: plan.header
        ).encoded()
        try file.write(blocks.flatMap { $0.encoded() } + header, at: offset)
        try file.write(header, at: 0)
        if !Failpoint.removeBeforeSealIsFlushed.isActive { try file.synchronize() }
    }
}

/// Proves that a sealed file is on the disk and gives back the plain segment byte for byte, a part at a time.
struct SealProof<S: Storage>: ~Copyable {
    private let storage: S
    private let plan: SealPlan
    private let fileName: String
    private let file: OpenFile<S>
    private let byteCount: Int
    private var sealed: SegmentImage<S>
    private var plain: SegmentImage<S>
    /// How much of the file was read past the cache, and how much of the image was compared.
    private var provenByteCount = 0
    private var comparedByteCount = 0

    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, _ fileName: String, _ plan: SealPlan) throws(LedgerError) {
        let file = try OpenFile(storage, fileName, .reading)
        let byteCount = try file.byteCount()
        let sealed = try SegmentImage(storage, fileName: fileName, .sealed)
        let plain = try SegmentImage(storage, fileName: plan.name.fileName(.plain))
        guard let header = sealed.table?.header, header.imageHeader == plan.header,
            header.endSequence == plan.endSequence, header.imageByteCount == plan.imageByteCount,
            try sealed.brokenCopyOffset() == nil
        else { throw .unproven(fileName, plan, storage.directory) }
        self.storage = storage
        self.plan = plan
        self.fileName = fileName
        self.file = file
        self.byteCount = byteCount
        self.sealed = sealed
        self.plain = plain
    }

    /// Proves the next part; true where that was the last.
    ///
    /// Throws `unusable` where the disk does not hold what the plain segment holds.
    mutating func step() throws(LedgerError) -> Bool {
        if provenByteCount < byteCount {
            try readPastCache(provenByteCount..<min(byteCount, provenByteCount + Self.chunkByteCount))
            return false
        }
        let range = comparedByteCount..<min(plan.imageByteCount, comparedByteCount + Self.chunkByteCount)
        guard try sealed.bytes(range) == plain.bytes(range) else {
            throw .unproven(fileName, plan, storage.directory)
        }
        comparedByteCount = range.upperBound
        return comparedByteCount == plan.imageByteCount
    }

    /// From here on the file is read from the disk, if the file system allows reads past the cache.
    private mutating func readPastCache(_ range: Range<Int>) throws(LedgerError) {
        let onDisk = try storage.readPastCache(fileName, range)
        guard let onDisk else {
            provenByteCount = byteCount
            return
        }
        guard try file.bytes(range) == onDisk else { throw .unproven(fileName, plan, storage.directory) }
        provenByteCount = range.upperBound
    }
}

extension LedgerError {
    fileprivate static func unproven(_ fileName: String, _ plan: SealPlan, _ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "the disk gives back other bytes of \(directory)/\(fileName) than were written to it; "
                + "\(plan.name.fileName(.plain)) is kept, and nothing is lost",
            remedy: "check the disk, then open the ledger again"
        )
    }
}

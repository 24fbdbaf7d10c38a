import TradeModel

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

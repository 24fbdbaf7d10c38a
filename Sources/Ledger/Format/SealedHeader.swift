import TradeModel

/// The header of a sealed segment, which is repeated at its end: 112 bytes, little-endian.
///
/// See `schema/segment-format.md`, "Sealed segment".
struct SealedHeader {
    static let byteCount = 112
    static let version: UInt32 = 1
    private static let magic: [UInt8] = Array("TRDLSEAL".utf8)
    private static let imageHeaderOffset = 44
    private static let checksumOffset = imageHeaderOffset + FileHeader.byteCount
    /// The reason given for damage that loses no event, because the header and the table are stored twice.
    static let brokenCopyReason = "one of the two copies of the header or of the table is not intact"

    let blockCount: Int
    /// The sequence after the last event.
    let endSequence: UInt64
    /// How many bytes the segment has when it is plain, up to the end of its last frame.
    let imageByteCount: Int
    /// Where the table of blocks lies in the file.
    let tableOffset: Int
    /// CRC32C of the image.
    let imageChecksum: UInt32
    /// The first bytes of the image, which are in no block.
    let imageHeader: FileHeader

    /// The header's bytes.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(UInt32(blockCount))
        bytes.appendLittleEndian(endSequence)
        bytes.appendLittleEndian(UInt64(imageByteCount))
        bytes.appendLittleEndian(UInt64(tableOffset))
        bytes.appendLittleEndian(imageChecksum)
        bytes += imageHeader.encoded()
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes
    }

    /// Reads the header of a file that is so long; nothing in it is then greater than such a file can hold.
    static func decode(_ bytes: ArraySlice<UInt8>, fileByteCount: Int) throws(FileHeader.Fault) -> SealedHeader {
        let start = bytes.startIndex
        guard bytes.count >= byteCount, bytes.prefix(magic.count).elementsEqual(magic),
            bytes.littleEndian32(at: start + checksumOffset) == Checksum.crc32c(bytes.prefix(checksumOffset))
        else { throw .notAHeader }
        let version = bytes.littleEndian32(at: start + 8)
        guard version <= Self.version else { throw .newerVersion(version) }
        let header = SealedHeader(
            blockCount: Int(bytes.littleEndian32(at: start + 12)),
            endSequence: bytes.littleEndian64(at: start + 16),
            imageByteCount: Int(truncatingIfNeeded: bytes.littleEndian64(at: start + 24)),
            tableOffset: Int(truncatingIfNeeded: bytes.littleEndian64(at: start + 32)),
            imageChecksum: bytes.littleEndian32(at: start + 40),
            imageHeader: try FileHeader.decode(bytes[(start + imageHeaderOffset)..<(start + checksumOffset)]).header
        )
        guard version > 0, header.blockCount <= fileByteCount / SealedBlock.byteCount,
            header.endSequence >= header.imageHeader.firstSequence,
            header.imageByteCount >= FileHeader.byteCount,
            (header.imageByteCount - FileHeader.byteCount) / BlockCodec.expansionMax <= fileByteCount,
            header.tableOffset >= byteCount, header.tableOffset < 1 << 62
        else { throw .notAHeader }
        return header
    }
}

/// What a sealed segment says of one of its blocks: an entry of its table, of which a copy stands before the block.
///
/// See `schema/segment-format.md`, "Sealed segment".
struct SealedBlock: Equatable {
    static let byteCount = 52

    /// The bytes of the image that are in the block: whole frames.
    let image: Range<Int>
    /// Where they are stored in the file.
    let stored: Range<Int>
    /// How they are stored.
    let codec: BlockCodec
    /// The sequence with which the block begins.
    let firstSequence: UInt64
    /// When its first event was recorded; in a block without events a time that is not after that of the next block.
    let recordedAt: Timestamp
    /// CRC32C of the stored bytes.
    let checksum: UInt32

    /// The entry's bytes.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt64(image.lowerBound))
        bytes.appendLittleEndian(UInt64(stored.lowerBound))
        bytes.appendLittleEndian(UInt32(image.count))
        bytes.appendLittleEndian(UInt32(stored.count))
        bytes.appendLittleEndian(firstSequence)
        bytes.appendLittleEndian(UInt64(bitPattern: recordedAt.microsecondsSince1970))
        bytes.appendLittleEndian(checksum)
        bytes.appendLittleEndian(UInt32(codec.rawValue))
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes
    }

    /// Decodes an entry; nil if the bytes are not intact.
    static func decode(_ bytes: ArraySlice<UInt8>) -> SealedBlock? {
        let start = bytes.startIndex
        guard bytes.count == byteCount,
            bytes.littleEndian32(at: start + 48) == Checksum.crc32c(bytes.prefix(48)),
            let imageStart = Int(exactly: bytes.littleEndian64(at: start)), imageStart < 1 << 62,
            let storedStart = Int(exactly: bytes.littleEndian64(at: start + 8)), storedStart < 1 << 62,
            let imageByteCount = Int32(exactly: bytes.littleEndian32(at: start + 16)),
            let storedByteCount = Int32(exactly: bytes.littleEndian32(at: start + 20)),
            storedByteCount <= imageByteCount, imageByteCount / Int32(BlockCodec.expansionMax) <= storedByteCount,
            // The three bytes after the codec's are zeros.
            let codec = UInt8(exactly: bytes.littleEndian32(at: start + 44)).flatMap(BlockCodec.init(rawValue:))
        else { return nil }
        return SealedBlock(
            image: imageStart..<(imageStart + Int(imageByteCount)),
            stored: storedStart..<(storedStart + Int(storedByteCount)),
            codec: codec,
            firstSequence: bytes.littleEndian64(at: start + 24),
            recordedAt: Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: start + 32))),
            checksum: bytes.littleEndian32(at: start + 40)
        )
    }

    /// Appends the block's part of the image to a chunk; false, and nothing, where the stored bytes are not intact.
    func decompress(_ bytes: [UInt8], appendingTo chunk: inout [UInt8]) -> Bool {
        guard bytes.count == stored.count, Checksum.crc32c(bytes[...]) == checksum else { return false }
        return codec.decompress(bytes, byteCount: image.count, appendingTo: &chunk)
    }
}

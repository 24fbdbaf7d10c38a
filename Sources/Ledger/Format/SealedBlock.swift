import TradeModel

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

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

internal import Ledger
internal import TradeModel

/// Turns an input into the bytes of a frame or a segment, plain or sealed.
///
/// The first byte of the input says how: if it is even, the rest is used unchanged; if it is odd, the checksums in it
/// are recomputed. Random bytes do not have a valid CRC32C, so only this reaches the code after the checks.
enum Preparation {
    static func frame(_ input: [UInt8]) -> [UInt8] {
        var bytes = Array(input.dropFirst())
        if isRepaired(input) { _ = repairFrame(of: &bytes, at: 0) }
        return bytes
    }

    static func segment(_ input: [UInt8]) -> [UInt8] {
        var bytes = Array(input.dropFirst())
        guard isRepaired(input), bytes.count >= FileHeader.byteCount else { return bytes }
        var checksum = Checksum.crc32c(bytes[..<(FileHeader.byteCount - 4)])
        bytes.overwrite(checksum, at: FileHeader.byteCount - 4)
        var offset = FileHeader.byteCount
        while bytes.count - offset >= FrameHeader.byteCount {
            bytes.overwrite(checksum, at: offset + 32)
            guard let frame = repairFrame(of: &bytes, at: offset) else { break }
            checksum = frame.checksum
            offset += frame.byteCount
        }
        return bytes
    }

    /// Recomputes the checksums of the header, of the entries at the place that the header names, and of their blocks.
    static func sealed(_ input: [UInt8]) -> [UInt8] {
        var bytes = Array(input.dropFirst())
        guard isRepaired(input), bytes.count >= 112 else { return bytes }
        bytes.overwrite(Checksum.crc32c(bytes[44..<104]), at: 104)
        bytes.overwrite(Checksum.crc32c(bytes[..<108]), at: 108)
        var offset = Int(truncatingIfNeeded: bytes.littleEndian64(at: 32))
        while offset >= 112, offset <= bytes.count - 48 {
            let start = Int(truncatingIfNeeded: bytes.littleEndian64(at: offset + 8))
            let count = Int(bytes.littleEndian32(at: offset + 20))
            if start >= 0, start <= bytes.count, count <= bytes.count - start {
                bytes.overwrite(Checksum.crc32c(bytes[start..<(start + count)]), at: offset + 40)
            }
            bytes.overwrite(Checksum.crc32c(bytes[offset..<(offset + 44)]), at: offset + 44)
            offset += 48
        }
        return bytes
    }

    private static func isRepaired(_ input: [UInt8]) -> Bool { input.first.map { !$0.isMultiple(of: 2) } ?? false }

    /// Gives the frame at the offset its right checksums; nil if no whole frame fits there.
    private static func repairFrame(
        of bytes: inout [UInt8],
        at offset: Int
    ) -> (checksum: UInt32, byteCount: Int)? {
        guard bytes.count - offset >= FrameHeader.byteCount else { return nil }
        let payloadByteCount = Int(bytes.littleEndian32(at: offset + 8))
        let payloadOffset = offset + FrameHeader.byteCount
        if payloadByteCount <= bytes.count - payloadOffset {
            let payload = bytes[payloadOffset..<(payloadOffset + payloadByteCount)]
            bytes.overwrite(Checksum.crc32c(payload), at: offset + 36)
        }
        let checksum = Checksum.crc32c(bytes[(offset + 8)..<payloadOffset])
        bytes.overwrite(checksum, at: offset + 4)
        let byteCount = FrameHeader.frameByteCount(payload: payloadByteCount)
        return byteCount <= bytes.count - offset ? (checksum, byteCount) : nil
    }
}

extension [UInt8] {
    fileprivate mutating func overwrite(_ value: UInt32, at offset: Int) {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(value)
        replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
}

import TradeModel

/// What follows the whole frames of the last segment, where a crash may have torn a write.
struct TailRemainder: Equatable {
    /// The bytes from the end of the whole frames to the last one that is not zero; empty where nothing was written.
    let range: Range<Int>
    /// The highest sequence that a frame header in there asserts to be durable.
    let assertedSequence: UInt64

    /// Looks through the bytes of the file from `endOffset` on for frames that survived after a hole: an intact header,
    /// even of a torn frame, was written after the flush that it asserts.
    init(_ bytes: ArraySlice<UInt8>, endOffset: Int) {
        let endIndex = bytes.startIndex + Self.usedByteCount(bytes.span)
        range = endOffset..<(endOffset + endIndex - bytes.startIndex)
        var asserted: UInt64 = 0
        var offset = bytes.startIndex
        while offset < endIndex {
            // The first byte alone rules out most candidates.
            if bytes[offset] == FrameHeader.firstByte, let (header, _) = FrameHeader.decode(bytes, at: offset) {
                asserted = max(asserted, header.durableUpTo)
            }
            offset += FrameHeader.alignment
        }
        assertedSequence = asserted
    }

    /// How many bytes there are up to the last that is not zero; a segment that is hardly begun has megabytes of zeros.
    private static func usedByteCount(_ bytes: Span<UInt8>) -> Int {
        var count = bytes.count
        while count >= 8, bytes.littleEndian64(at: count - 8) == 0 { count -= 8 }
        while count > 0, bytes[count - 1] == 0 { count -= 1 }
        return count
    }
}

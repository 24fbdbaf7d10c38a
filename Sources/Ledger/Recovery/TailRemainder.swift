/// What stands behind the whole frames of the last segment, where a crash may have torn a write.
struct TailRemainder: Equatable {
    /// The bytes from the end of the whole frames to the last one that is not zero; empty where nothing was written.
    let range: Range<Int>
    /// The highest sequence that a frame header in there asserts to be durable.
    let assertedSequence: UInt64

    /// Looks through the bytes of the file from `endOffset` on for frames that survived behind a hole: whole or not, a
    /// header that is intact was written after what it asserts was flushed.
    init(_ bytes: ArraySlice<UInt8>, endOffset: Int) {
        let lastUsed = bytes.lastIndex { $0 != 0 }
        range = endOffset..<(lastUsed.map { endOffset + $0 - bytes.startIndex + 1 } ?? endOffset)
        let endIndex = lastUsed.map { $0 + 1 } ?? bytes.startIndex
        var asserted: UInt64 = 0
        var offset = bytes.startIndex
        while offset < endIndex {
            if let (header, _) = FrameHeader.decode(bytes, at: offset) {
                asserted = max(asserted, header.durableUpTo)
            }
            offset += FrameHeader.alignment
        }
        assertedSequence = asserted
    }
}

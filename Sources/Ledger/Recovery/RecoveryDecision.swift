import TradeModel

/// What opening does with the end of the log.
///
/// Every combination of what a crash can leave has one lettered case; `k` is the sequence of the first event that is
/// not there.
///
/// | case | bytes after the last whole frame | something asserts durability ≥ k | decision |
/// |---|---|---|---|
/// | A | none | no | open |
/// | B | none | yes | damaged: acknowledged events are gone |
/// | C | some | no | torn write: copy them aside, cut, open |
/// | D | some | yes | damaged: acknowledged events are broken |
///
/// In A and C, whole frames that nothing asserts to be durable are proved before they are trusted: they are rewritten
/// with the same bytes, flushed, and read back past the cache.
enum RecoveryDecision: Equatable {
    /// A: the log ends cleanly.
    case open
    /// C: the bytes of the range were never acknowledged.
    case cut(Range<Int>)
    /// B and D: events up to this sequence were acknowledged and are not whole.
    case damaged(through: UInt64)

    init(nextSequence: UInt64, remainder: Range<Int>, assertedSequence: UInt64) {
        switch (remainder.isEmpty, assertedSequence >= nextSequence) {
        case (true, false): self = .open
        case (false, false): self = .cut(remainder)
        case (_, true): self = .damaged(through: assertedSequence)
        }
    }
}

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

import TradeModel

/// How to rebuild a segment so that the log is whole, given what is left of it and its neighbours.
struct SegmentPlan {
    let name: SegmentName
    /// The file that holds it; nil where that is missing, of another ledger or of another history.
    let source: String?
    /// The file's header, or one made from its neighbours.
    let header: FileHeader
    let isHeaderIntact: Bool
    /// Where in the file the whole frames end, in bytes.
    var endOffset = 0
    /// The first sequence of the next segment; for the last segment, the one after the asserted sequence.
    var endSequence: UInt64
    /// What the next segment repeats; nil after the last.
    var successorChecksum: UInt32?
    /// Whether the frames end early, so that the last checksum of the file is not known.
    var isTailBroken = false
    /// When the event before the segment was recorded; nil where there is none.
    let previousRecordedAt: Timestamp?
}

import TradeModel

/// What a segment is to be so that the log is whole: what is left of it, between what stands before and behind it.
struct SegmentPlan {
    let name: SegmentName
    /// The file that holds it; nil where that is missing, of another ledger or of another history.
    let source: String?
    /// The file's header, or one made from its neighbours.
    let header: FileHeader
    let isHeaderIntact: Bool
    /// Where in the file the whole frames end, in bytes.
    var endOffset = 0
    /// The sequence that the next segment begins with; behind the last, the one after what is asserted.
    var endSequence: UInt64
    /// What the next segment repeats; nil behind the last.
    var successorChecksum: UInt32?
    /// Whether the frames break off, so that the last checksum of the file is not known.
    var isTailBroken = false
    /// When the event before the segment was recorded; nil where there is none.
    let previousRecordedAt: Timestamp?
}

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

/// A damage, and what `repair` can do about it.
struct Finding {
    let damage: Damage
    let mend: Mend

    /// The events that can be given up for it; nil where there are none.
    var lostSequences: ClosedRange<UInt64>? {
        guard case .rewrite = mend else { return nil }
        return damage.sequences
    }

    /// Whether it is about the whole directory, which was copied beside a writer.
    var isPlainCopy: Bool { if case .acceptCopy = mend { true } else { false } }

    /// What mends a damage.
    enum Mend {
        /// Only a backup does.
        case none
        /// The segment is written anew as planned, by the index of the plan: events are given up where they are gone.
        case rewrite(Int)
        /// The file gets its right name.
        case rename(to: String)
        /// The file does not belong to the log.
        case moveAside
        /// The file is made as a new ledger has it.
        case create
        /// The copy is taken for the ledger from now on, once the rest is whole.
        case acceptCopy
    }
}

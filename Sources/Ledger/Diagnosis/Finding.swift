import TradeModel

/// A corruption, and what `repair` can do about it.
struct Finding {
    let corruption: Corruption
    let mend: Mend

    init(_ corruption: Corruption, _ mend: Mend) {
        self.corruption = corruption
        self.mend = mend
    }

    /// What is wrong with a file from an offset on, and the events that are lost because of it.
    init(_ file: String, _ offset: Int, _ reason: String, _ mend: Mend, _ sequences: Range<UInt64> = 0..<0) {
        let isMendable = if case .none = mend { false } else { sequences.isEmpty }
        let canBeGivenUp = if case .rewrite = mend { true } else { false }
        corruption = Corruption(
            file,
            offset,
            reason,
            sequences: sequences,
            isMendable: isMendable,
            canBeGivenUp: canBeGivenUp
        )
        self.mend = mend
    }

    /// The events that can be given up for it; nil where there are none.
    var lostSequences: ClosedRange<UInt64>? {
        guard case .rewrite = mend else { return nil }
        return corruption.sequences
    }

    /// Whether it is about the whole directory, which was copied while a writer was active.
    var isPlainCopy: Bool { if case .acceptCopy = mend { true } else { false } }

    /// How a corruption is mended.
    enum Mend {
        /// Only a backup does.
        case none
        /// The segment is written anew as planned, by the index of the plan: events are given up where they are gone.
        case rewrite(Int)
        /// The file gets its right name.
        case rename(to: String)
        /// The file does not belong to the log.
        case moveAside
        /// The file is created as in a new ledger.
        case create
        /// The copy is accepted as the ledger once everything else is intact.
        case acceptCopy
    }
}

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

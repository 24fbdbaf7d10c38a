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

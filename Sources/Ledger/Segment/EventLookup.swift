import TradeModel

/// Reads single events by their sequence, and keeps the last position open because retries tend to come in order.
struct EventLookup<S: Storage>: ~Copyable {
    private let storage: S
    /// The ledger whose events are read; a segment of another ledger counts as damage.
    private let ledgerID: EventID?
    /// Where frames lie that were appended, or read in order.
    var index = SequenceIndex()
    /// The segments as they were listed last: finished ones stay.
    private var catalog: SegmentCatalog?
    private var reader: FrameReader<S>?
    private var frame: Frame?

    init(_ storage: S, of ledgerID: EventID? = nil) {
        self.storage = storage
        self.ledgerID = ledgerID
    }

    /// The durable event of a sequence.
    mutating func event(at sequence: UInt64) throws(LedgerError) -> Event {
        if frame.map({ !Self.holds($0, sequence) }) ?? true { try seek(sequence) }
        guard let frame else { preconditionFailure("seek found the frame") }
        var records = RecordIterator(frame)
        do {
            try records.skip(to: sequence)
            guard let event = try records.next() else { preconditionFailure("the frame holds the sequence") }
            return event
        } catch {
            throw .corruption(storage.directory, reader?.name ?? "", frame.offset, error.message)
        }
    }

    private mutating func seek(_ sequence: UInt64) throws(LedgerError) {
        let known = index.position(before: sequence)
        let segment =
            if let known { known.segment } else { try segment(holding: sequence) }
        let isAhead =
            frame.map { $0.header.endSequence <= sequence && $0.offset >= known?.offset ?? 0 } ?? false
        if !isAhead || reader?.segment != segment {
            let opened = try FrameReader(storage, segment)
            if let problem = opened.header.problem(as: segment, of: ledgerID ?? opened.header.ledgerID, after: nil) {
                throw .corruption(storage.directory, opened.name, 0, problem)
            }
            reader = consume opened
            if let known { reader?.jump(to: known.offset) }
        }
        if known == nil { reader?.skip(towards: sequence) }
        frame = nil
        try reader?.refresh()
        while let step = try reader?.next() {
            guard case .frame(let next) = step else {
                throw .corruption(
                    storage.directory,
                    reader?.name ?? "",
                    reader?.fileOffset(of: reader?.offset ?? 0) ?? 0,
                    "sequence \(sequence) is not where it was"
                )
            }
            guard Self.holds(next, sequence) else { continue }
            frame = next
            return
        }
    }

    private mutating func segment(holding sequence: UInt64) throws(LedgerError) -> SegmentName {
        // The last segment in the list may have a successor by now.
        if let name = catalog?.segment(holding: sequence), name != catalog?.last { return name }
        let listed = try SegmentCatalog(storage)
        catalog = listed
        guard let name = listed.segment(holding: sequence) else {
            let first = SegmentName(firstSequence: 1).fileName
            throw .corruption(storage.directory, first, 0, "no segment holds sequence \(sequence)")
        }
        return name
    }

    private static func holds(_ frame: Frame, _ sequence: UInt64) -> Bool {
        (frame.header.firstSequence..<frame.header.endSequence).contains(sequence)
    }
}

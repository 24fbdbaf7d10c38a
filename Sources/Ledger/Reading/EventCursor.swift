package import TradeModel

/// Reads events in order, from any sequence on, across segments.
///
/// It never reads behind the limit that it is given: what lies there may be torn, or gone after a power cut.
package struct EventCursor<S: Storage>: ~Copyable {
    private let storage: S
    /// The sequence of the event that `next` returns next.
    package private(set) var nextSequence: UInt64
    private var reader: FrameReader<S>?
    private var records: RecordSequence?
    private var limit: UInt64 = 0
    /// Where the frame of the last event lies, and its first sequence.
    private(set) var framePlace: (firstSequence: UInt64, position: LogPosition)?

    /// A cursor whose first event is that of `sequence`.
    package init(_ storage: S, from sequence: UInt64) {
        precondition(sequence > 0, "sequences begin at 1")
        self.storage = storage
        nextSequence = sequence
    }

    /// The next event, or nil behind `limit`, the last sequence known to be durable.
    package mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? {
        guard nextSequence <= limit else { return nil }
        if limit > self.limit {
            self.limit = limit
            try reader?.refresh()
        }
        while true {
            if let event = try nextOfFrame() { return event }
            try readFrame()
        }
    }

    private mutating func nextOfFrame() throws(LedgerError) -> Event? {
        do {
            try records?.skip(to: nextSequence)
            guard let event = try records?.next() else { return nil }
            nextSequence += 1
            return event
        } catch {
            throw damage(error.message)
        }
    }

    /// Reads on to a frame that holds events, in this segment or the next.
    private mutating func readFrame() throws(LedgerError) {
        records = nil
        if reader == nil { reader = try FrameReader(storage, segment()) }
        guard let step = try reader?.next() else { preconditionFailure("the reader was just opened") }
        switch step {
        case .frame(let frame):
            guard frame.header.firstSequence <= nextSequence else {
                throw damage("the frame begins at sequence \(frame.header.firstSequence)")
            }
            guard frame.header.endSequence > nextSequence else { return }
            records = RecordSequence(frame)
            if let name = reader?.name, let segment = SegmentName(fileName: name) {
                framePlace = (frame.header.firstSequence, LogPosition(segment: segment, offset: frame.offset))
            }
        case .end:
            // The segment ends here only if the next one begins with the event that is wanted.
            let name = SegmentName(firstSequence: nextSequence).fileName
            guard name != reader?.name, try names().contains(name) else { throw damage("the events end here") }
            reader = try FrameReader(storage, name)
        case .broken(let reason):
            throw damage(reason)
        }
    }

    /// The segment that holds the next event: the last one that does not begin behind it.
    private func segment() throws(LedgerError) -> String {
        let candidates = try names().compactMap(SegmentName.init(fileName:))
        guard let name = candidates.filter({ $0.firstSequence <= nextSequence }).max() else {
            throw LedgerError(
                .damaged,
                "\(storage.directory) has no segment that holds sequence \(nextSequence)",
                remedy: Self.remedy
            )
        }
        return name.fileName
    }

    private func names() throws(LedgerError) -> [String] {
        do { return try storage.list() } catch { throw LedgerError(error) }
    }

    private func damage(_ reason: String) -> LedgerError {
        let place =
            switch reader {
            case .none: storage.directory
            case .some(let reader): "\(storage.directory)/\(reader.name) at offset \(reader.offset)"
            }
        return LedgerError(
            .damaged,
            "\(place): \(reason); acknowledged events from sequence \(nextSequence) on cannot be read",
            remedy: Self.remedy
        )
    }

    private static var remedy: String { "bring the segment back from a backup or another disk; nothing was changed" }
}

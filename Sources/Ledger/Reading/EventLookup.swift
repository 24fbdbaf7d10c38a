import TradeModel

/// Reads single events from the log by their sequence, and keeps the last place open: retries tend to come in order.
struct EventLookup<S: Storage>: ~Copyable {
    private let storage: S
    private(set) var index = SequenceIndex()
    private var reader: FrameReader<S>?
    private var frame: Frame?

    init(_ storage: S) {
        self.storage = storage
    }

    /// Takes note of a frame that was appended or read while opening.
    mutating func note(firstSequence: UInt64, at position: LogPosition) {
        index.note(firstSequence: firstSequence, at: position)
    }

    /// The durable event of a sequence.
    mutating func event(at sequence: UInt64) throws(LedgerError) -> Event {
        if frame.map({ !Self.holds($0, sequence) }) ?? true { try seek(sequence) }
        guard let frame else { preconditionFailure("seek found the frame") }
        var records = RecordSequence(frame)
        do {
            try records.skip(to: sequence)
            guard let event = try records.next() else { preconditionFailure("the frame holds the sequence") }
            return event
        } catch {
            throw .damage(storage.directory, reader?.name ?? "", frame.offset, error.message)
        }
    }

    private mutating func seek(_ sequence: UInt64) throws(LedgerError) {
        guard let position = index.position(before: sequence) else {
            preconditionFailure("sequence \(sequence) is in the log")
        }
        let isAhead = frame.map { $0.header.endSequence <= sequence && $0.offset >= position.offset } ?? false
        if !isAhead || reader?.segment != position.segment {
            reader = try FrameReader(storage, position.segment)
            reader?.jump(to: position.offset)
        }
        frame = nil
        try reader?.refresh()
        while let step = try reader?.next() {
            guard case .frame(let next) = step else {
                throw .damage(
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

    private static func holds(_ frame: Frame, _ sequence: UInt64) -> Bool {
        (frame.header.firstSequence..<frame.header.endSequence).contains(sequence)
    }
}

package import TradeModel

/// Reads events in order, from any sequence on, across segments.
///
/// It never reads past its limit: what follows may be torn, or gone after a power cut.
package struct EventCursor<S: Storage>: ~Copyable {
    private let storage: S
    /// The ledger whose events are read; taken from the first segment unless the caller gives it.
    private var ledgerID: EventID?
    /// The sequence of the event that `next` returns next.
    package private(set) var nextSequence: UInt64
    private var reader: FrameReader<S>?
    private var records: RecordIterator?
    private var limit: UInt64 = 0
    /// What the next frame or segment must repeat; nil before the first frame of a segment.
    private var lastChecksum: UInt32?
    /// The frame of the last event, until it is taken.
    private var framePlace: FramePlace?

    /// A cursor whose first event is that of `sequence`.
    package init(_ storage: S, from sequence: UInt64, of ledgerID: EventID? = nil) {
        precondition(sequence > 0, "sequences begin at 1")
        self.storage = storage
        self.ledgerID = ledgerID
        nextSequence = sequence
    }

    /// The next event, or nil after `limit`, the last sequence known to be durable.
    package mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? {
        guard nextSequence <= limit else { return nil }
        do throws(LedgerError) {
            try extend(to: limit)
            while true {
                if let event = try nextOfFrame() { return event }
                try readFrame()
            }
        } catch {
            throw error.explained(by: storage)
        }
    }

    /// The next event of a trade, or nil after `limit`; events in between are not decoded.
    package mutating func next(upTo limit: UInt64, ofTrade id: ArraySlice<UInt8>) throws(LedgerError) -> Event? {
        try next(upTo: limit) { EventRecord.isOfTrade(id, $0, $1) }
    }

    /// The next event of a type that is wanted, or nil after `limit`; events in between are not decoded.
    package mutating func next(
        upTo limit: UInt64,
        ofType isWanted: (EventType) -> Bool
    ) throws(LedgerError) -> Event? {
        try next(upTo: limit) { EventRecord.type($0, $1).map(isWanted) ?? false }
    }

    /// The next event whose type and subject are wanted, or nil after `limit`; events in between are not decoded.
    package mutating func next(
        upTo limit: UInt64,
        about isWanted: (EventType, ArraySlice<UInt8>) -> Bool
    ) throws(LedgerError) -> Event? {
        try next(upTo: limit) { bytes, range in
            guard let type = EventRecord.type(bytes, range), let subject = EventRecord.subject(bytes, range) else {
                return false
            }
            return isWanted(type, subject)
        }
    }

    /// The frame of the last event, if that is the first event of it that was read since the last call.
    mutating func takeFramePlace() -> FramePlace? { framePlace.take() }

    private mutating func next(
        upTo limit: UInt64,
        inRecord isWanted: (ArraySlice<UInt8>, Range<Int>) -> Bool
    ) throws(LedgerError) -> Event? {
        do throws(LedgerError) { return try find(upTo: limit, isWanted) } catch { throw error.explained(by: storage) }
    }

    private mutating func find(
        upTo limit: UInt64,
        _ isWanted: (ArraySlice<UInt8>, Range<Int>) -> Bool
    ) throws(LedgerError) -> Event? {
        try extend(to: limit)
        while nextSequence <= limit {
            do {
                try records?.skip(to: nextSequence)
                try records?.skip(toRecord: isWanted)
            } catch {
                throw corruption(error.message)
            }
            nextSequence = records?.nextSequence ?? nextSequence
            if nextSequence <= limit, let event = try nextOfFrame() { return event }
            if nextSequence <= limit { try readFrame() }
        }
        return nil
    }

    /// Moves ahead in the segment of the next event, to a place not after the last event that was recorded at a time or
    /// before, where that segment is sealed.
    mutating func skip(towards time: Timestamp) throws(LedgerError) {
        do throws(LedgerError) {
            guard let sequence = try FrameReader(storage, try segment()).sequence(before: time) else { return }
            nextSequence = max(nextSequence, sequence)
        } catch {
            throw error.explained(by: storage)
        }
    }

    /// Takes note of how far the log is known to be durable.
    private mutating func extend(to limit: UInt64) throws(LedgerError) {
        guard limit > self.limit else { return }
        self.limit = limit
        try reader?.refresh()
    }

    private mutating func nextOfFrame() throws(LedgerError) -> Event? {
        do {
            try records?.skip(to: nextSequence)
            guard let event = try records?.next() else { return nil }
            nextSequence += 1
            return event
        } catch {
            throw corruption(error.message)
        }
    }

    /// Reads on to a frame that holds events, in this segment or the next.
    private mutating func readFrame() throws(LedgerError) {
        records = nil
        if reader == nil {
            let name = try segment()
            guard try open(name, after: nil) else {
                throw corruption("\(name.fileName), which holds sequence \(nextSequence), is missing")
            }
            reader?.skip(towards: nextSequence)
        }
        guard let step = try reader?.next() else { preconditionFailure("the reader was just opened") }
        switch step {
        case .frame(let frame):
            lastChecksum = frame.successorChecksum
            guard frame.header.firstSequence <= nextSequence else {
                throw corruption("the frame begins at sequence \(frame.header.firstSequence)")
            }
            guard frame.header.endSequence > nextSequence else { return }
            records = RecordIterator(frame)
            if let segment = reader?.segment {
                let position = LogPosition(segment: segment, offset: frame.offset)
                framePlace = FramePlace(firstSequence: frame.header.firstSequence, position: position)
            }
        case .end:
            // The segment ends here only if the next one begins with the event that is wanted.
            let name = SegmentName(firstSequence: nextSequence)
            let previousChecksum = lastChecksum ?? reader?.header.checksum
            guard name != reader?.segment, try open(name, after: previousChecksum) else {
                throw corruption("the events end here")
            }
        case .broken(let reason):
            throw corruption(reason)
        }
    }

    /// Begins to read a segment, which must be this ledger's and follow the one before it; false where there is none.
    private mutating func open(_ name: SegmentName, after previousChecksum: UInt32?) throws(LedgerError) -> Bool {
        let header: FileHeader
        let fileName: String
        do throws(LedgerError) {
            let next = try FrameReader(storage, name)
            (header, fileName) = (next.header, next.name)
            reader = consume next
        } catch {
            if error.isMissingFile { return false }
            throw error
        }
        if let problem = header.problem(as: name, of: ledgerID ?? header.ledgerID, after: previousChecksum) {
            reader = nil
            throw .corruption(storage.directory, fileName, 0, problem)
        }
        ledgerID = header.ledgerID
        lastChecksum = nil
        return true
    }

    /// The segment that holds the next event: the last one that does not begin after it.
    private func segment() throws(LedgerError) -> SegmentName {
        guard let name = try SegmentListing(storage).segments.filter({ $0.firstSequence <= nextSequence }).max() else {
            let first = SegmentName(firstSequence: 1).fileName
            throw .corruption(storage.directory, first, 0, "no segment holds sequence \(nextSequence)")
        }
        return name
    }

    private func corruption(_ reason: String) -> LedgerError {
        let (name, offset) =
            switch reader {
            case .none: (SegmentName(firstSequence: nextSequence).fileName, 0)
            case .some(let reader): (reader.name, reader.fileOffset(of: reader.offset))
            }
        return .corruption(
            storage.directory,
            name,
            offset,
            reason,
            sequences: nextSequence..<(max(limit, nextSequence) + 1)
        )
    }
}

/// Where a frame lies, and the sequence of its first event.
struct FramePlace {
    let firstSequence: UInt64
    let position: LogPosition
}

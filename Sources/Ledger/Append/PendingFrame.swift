import TradeModel

/// The next frame: the records of events that are admitted but not durable yet, after room for the header.
struct PendingFrame {
    /// What is known of an event besides its record.
    struct Entry {
        /// Where its record begins, after its length.
        let offset: Int
        let identity: EventIdentity
    }

    private let derivedIDs: DerivedEventIDs
    private var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    private(set) var entries: [Entry] = []
    private var firstSequence: UInt64 = 0

    /// An empty frame of a ledger.
    init(of derivedIDs: DerivedEventIDs) {
        self.derivedIDs = derivedIDs
    }

    /// How many events there are.
    var count: Int { entries.count }

    /// Bytes of the records with their lengths.
    var payloadByteCount: Int { bytes.count - FrameHeader.byteCount }

    /// Adds the next event.
    mutating func append(_ body: EventBody, sequence: UInt64, recordedAt: Timestamp, _ identity: EventIdentity) {
        if entries.isEmpty { firstSequence = sequence }
        precondition(sequence == firstSequence + UInt64(count), "a frame has no gap")
        entries.append(Entry(offset: bytes.count + EventRecord.lengthByteCount, identity: identity))
        EventRecord.encodeFramed(
            sequence: sequence,
            recordedAt: recordedAt,
            storedID: identity.storedID,
            body: body,
            into: &bytes
        )
    }

    /// The event of a sequence; nil where it is before the frame.
    func event(at sequence: UInt64) -> Event? {
        guard !entries.isEmpty, sequence >= firstSequence else { return nil }
        return event(at: Int(sequence - firstSequence))
    }

    /// The types of the events from an index on.
    func types(from index: Int) -> [EventType] { (index..<count).map { event(at: $0).body.type } }

    /// Takes out the last event.
    mutating func removeLast() -> (event: Event, identity: EventIdentity) {
        let event = event(at: count - 1)
        let entry = entries.removeLast()
        bytes.removeSubrange((entry.offset - EventRecord.lengthByteCount)...)
        return (event, entry.identity)
    }

    /// Makes the frame durable, unless it is empty, and begins the next one; after an error the frame must not be
    /// written again.
    ///
    /// `visit` gets the place and the identity of each event that is durable now.
    mutating func flush<S>(
        to writer: inout SegmentWriter<S>,
        _ visit: (Int, EventIdentity) -> Void
    ) throws(LedgerError) {
        guard !entries.isEmpty else { return }
        try writer.append(&bytes, count: count)
        for index in entries.indices { visit(index, entries[index].identity) }
        entries.removeAll(keepingCapacity: true)
        bytes.removeSubrange(FrameHeader.byteCount...)
    }

    private func event(at index: Int) -> Event {
        let offset = entries[index].offset
        let end = index + 1 < count ? entries[index + 1].offset - EventRecord.lengthByteCount : bytes.count
        // A copy, because an event that shares the buffer would force the next append to copy it.
        let record = Array(bytes[offset..<end])
        do { return try EventRecord.decode(record[...], record.indices, of: derivedIDs, checking: .form) } catch {
            preconditionFailure("a record that was just encoded: \(error.message)")
        }
    }
}

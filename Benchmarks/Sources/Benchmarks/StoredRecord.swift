internal import TradeModel

/// An event as other stores have it: the ledger's canonical record, under its sequence.
///
/// See `schema/segment-format.md`, "Record".
struct StoredRecord {
    let sequence: UInt64
    let bytes: [UInt8]

    /// The format 1, of a record without an id.
    private static let format: UInt8 = 0x81
    private static let headerByteCount = 17
    /// The ids of the events, which the records do not hold.
    private static let derivedIDs = DerivedEventIDs(of: EventID(high: 0x7000, low: 1))

    init(sequence: UInt64, bytes: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
    }

    /// The record that the ledger would write at this sequence.
    init(of draft: EventDraft, sequence: UInt64) {
        self.sequence = sequence
        var bytes = [Self.format]
        bytes += Self.littleEndian(sequence)
        bytes += Self.littleEndian(UInt64(bitPattern: draft.body.occurredAt.microsecondsSince1970))
        self.bytes = bytes + draft.body.bytes
    }

    /// The records of events with the sequences from 1 on.
    static func records(of drafts: [EventDraft]) -> [StoredRecord] {
        drafts.enumerated().map { StoredRecord(of: $0.element, sequence: UInt64($0.offset + 1)) }
    }

    /// The decoded event.
    ///
    /// It checks the form of the body, as the ledger does with its own records. Throws what is wrong with the bytes.
    func event() throws(BodyFault) -> Event {
        let (sequence, recordedAt) = (number(at: 1), Timestamp(microsecondsSince1970: Int64(bitPattern: number(at: 9))))
        guard let eventID = Self.derivedIDs.id(at: sequence, recordedAt: recordedAt) else {
            preconditionFailure("a benchmark has fewer events")
        }
        return Event(
            sequence: sequence,
            recordedAt: recordedAt,
            eventID: eventID,
            idOrigin: .derived,
            body: try EventBody(bytes.dropFirst(Self.headerByteCount), checking: .form)
        )
    }

    private func number(at offset: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in (offset..<(offset + 8)).reversed() { number = number << 8 | UInt64(bytes[index]) }
        return number
    }

    private static func littleEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

internal import TradeModel

/// An event as other stores have it: the ledger's canonical record, under its sequence.
///
/// See `schema/segment-format.md`, "Record".
struct StoredRecord {
    let sequence: UInt64
    let bytes: [UInt8]

    private static let format: UInt8 = 1
    private static let headerByteCount = 33

    init(sequence: UInt64, bytes: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
    }

    /// The record that the ledger would write at this sequence.
    init(of draft: EventDraft, sequence: UInt64) {
        self.sequence = sequence
        let eventID = EventID.version7(at: draft.body.occurredAt, random: (sequence, sequence))
        var bytes = [Self.format]
        bytes += Self.littleEndian(sequence)
        bytes += Self.littleEndian(UInt64(bitPattern: draft.body.occurredAt.microsecondsSince1970))
        bytes += Self.littleEndian(eventID.high.byteSwapped) + Self.littleEndian(eventID.low.byteSwapped)
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
        Event(
            sequence: number(at: 1),
            recordedAt: Timestamp(microsecondsSince1970: Int64(bitPattern: number(at: 9))),
            eventID: EventID(high: number(at: 17).byteSwapped, low: number(at: 25).byteSwapped),
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

package import TradeModel

/// An event's canonical bytes: what a frame carries, what a leaf of the Merkle tree hashes, and what the columns of the
/// database give back.
///
/// See `schema/segment-format.md`, "Record".
package enum EventRecord {
    /// The record format that this version writes; `format` in SQL.
    package static let format: UInt8 = 1
    /// Format, sequence, recorded_at, event id.
    static let headerByteCount = 1 + 8 + 8 + 16
    /// Each record in a frame is preceded by its length.
    static let lengthByteCount = 4

    /// How many bytes a body takes in a frame.
    static func framedByteCount(_ body: EventBody) -> Int { lengthByteCount + headerByteCount + body.bytes.count }

    /// Appends the record without its length.
    package static func encode(_ event: Event, into bytes: inout [UInt8]) {
        bytes.append(addingCapacity: headerByteCount + event.body.bytes.count) { room in
            write(event.sequence, event.recordedAt, event.eventID, event.body, into: &room)
        }
    }

    /// Appends the record of an event after its length.
    static func encodeFramed(
        sequence: UInt64,
        recordedAt: Timestamp,
        eventID: EventID,
        body: EventBody,
        into bytes: inout [UInt8]
    ) {
        bytes.append(addingCapacity: framedByteCount(body)) { room in
            room.appendLittleEndian(UInt32(headerByteCount + body.bytes.count))
            write(sequence, recordedAt, eventID, body, into: &room)
        }
    }

    /// Appends the record of an event after its length, as the other `encodeFramed` does.
    package static func encodeFramed(_ event: Event, into bytes: inout [UInt8]) {
        encodeFramed(
            sequence: event.sequence,
            recordedAt: event.recordedAt,
            eventID: event.eventID,
            body: event.body,
            into: &bytes
        )
    }

    private static func write(
        _ sequence: UInt64,
        _ recordedAt: Timestamp,
        _ eventID: EventID,
        _ body: EventBody,
        into room: inout OutputSpan<UInt8>
    ) {
        room.append(format)
        room.appendLittleEndian(sequence)
        room.appendLittleEndian(UInt64(bitPattern: recordedAt.microsecondsSince1970))
        eventID.append(to: &room)
        room.append(body.bytes.span)
    }

    /// Whether a record is of a trade, as far as that can be said without checking the record.
    static func isOfTrade(_ id: ArraySlice<UInt8>, _ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> Bool {
        // The body's type and time are followed by the length and bytes of the subject.
        let typeIndex = range.lowerBound + headerByteCount
        let lengthIndex = typeIndex + 1 + 8
        guard lengthIndex < range.upperBound, bytes[lengthIndex] == id.count,
            EventType(rawValue: bytes[typeIndex])?.isAboutTrade == true
        else { return false }
        return bytes[(lengthIndex + 1)..<range.upperBound].starts(with: id)
    }

    /// The event of a record, which is a part of the bytes; the event's body keeps its part of them.
    ///
    /// Throws what is wrong with the record but not where; the caller knows the place.
    package static func decode(
        _ bytes: ArraySlice<UInt8>,
        _ range: Range<Int>,
        checking check: BodyCheck
    ) throws(BodyFault) -> Event {
        guard range.count > headerByteCount else { throw BodyFault(message: "a record of \(range.count) bytes") }
        let span = bytes.span
        let start = range.lowerBound - bytes.startIndex
        guard span[start] == format else { throw BodyFault(message: "record format \(span[start])") }
        let recordedAt = Int64(bitPattern: span.littleEndian64(at: start + 9))
        guard Timestamp.rangeMicroseconds.contains(recordedAt) else {
            throw BodyFault(message: "recorded_at is \(recordedAt) microseconds, outside of the years 1970 to 9999")
        }
        return Event(
            sequence: span.littleEndian64(at: start + 1),
            recordedAt: Timestamp(microsecondsSince1970: recordedAt),
            eventID: EventID(span, at: start + 17),
            body: try EventBody(bytes[(range.lowerBound + headerByteCount)..<range.upperBound], checking: check)
        )
    }
}

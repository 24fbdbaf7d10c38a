package import TradeModel

/// The head of a frame, one group commit: 40 bytes, little-endian.
///
/// See `schema/segment-format.md`, "Frame".
///
/// The header's checksum covers the payload's, so it identifies the whole frame; the next frame repeats it, which
/// chains the frames of a segment to each other and to the segment's header.
package struct FrameHeader: Equatable {
    package static let byteCount = 40
    /// Frames begin at multiples of this, so that a length is never torn across sectors.
    static let alignment = 8

    /// What a frame is, by the first four bytes of it.
    enum Kind: UInt32 {
        /// One group commit: "TLFR" as bytes.
        case events = 0x5246_4C54
        /// Takes the place of acknowledged events that were given up: "TLLO" as bytes.
        ///
        /// Its payload begins with the checksum that the next frame repeats, because that frame was written before the
        /// loss.
        case loss = 0x4F4C_4C54
    }

    /// What every frame begins with.
    static let firstByte = UInt8(ascii: "T")

    var kind = Kind.events
    package let payloadByteCount: Int
    /// Events in the payload; 0 in a frame that only asserts durability, and in a loss frame that replaces one.
    package let count: Int
    /// The sequence of the first event; of the next one to come where there is none.
    package let firstSequence: UInt64
    /// The highest sequence that was on stable storage when this frame was written.
    let durableUpTo: UInt64
    /// The checksum of the frame before, or of the file header; after a loss frame, the checksum that its payload
    /// begins with.
    let previousChecksum: UInt32
    package let payloadChecksum: UInt32

    /// The sequence after the frame's last event.
    package var endSequence: UInt64 { firstSequence + UInt64(count) }

    /// Header, payload and padding together.
    package var frameByteCount: Int { Self.frameByteCount(payload: payloadByteCount) }

    package static func frameByteCount(payload: Int) -> Int {
        (byteCount + payload + alignment - 1) / alignment * alignment
    }

    /// Writes the header over the first bytes of a frame whose payload follows, pads the frame, and returns the
    /// header's checksum.
    package func seal(_ frame: inout [UInt8]) -> UInt32 {
        precondition(frame.count == Self.byteCount + payloadByteCount, "a frame holds its payload behind its header")
        frame.store(UInt32(payloadByteCount), at: 8)
        frame.store(UInt32(count), at: 12)
        frame.store(firstSequence, at: 16)
        frame.store(durableUpTo, at: 24)
        frame.store(previousChecksum, at: 32)
        frame.store(payloadChecksum, at: 36)
        let checksum = Checksum.crc32c(frame[8..<Self.byteCount])
        frame.store(kind.rawValue, at: 0)
        frame.store(checksum, at: 4)
        while !frame.count.isMultiple(of: Self.alignment) { frame.append(0) }
        return checksum
    }

    /// The empty frame that asserts the durability of everything before it, and its checksum.
    static func assertion(
        nextSequence: UInt64,
        previousChecksum: UInt32
    ) -> (frame: [UInt8], checksum: UInt32) {
        let header = FrameHeader(
            payloadByteCount: 0,
            count: 0,
            firstSequence: nextSequence,
            durableUpTo: nextSequence - 1,
            previousChecksum: previousChecksum,
            payloadChecksum: Checksum.crc32c([])
        )
        var frame = [UInt8](repeating: 0, count: byteCount)
        let checksum = header.seal(&frame)
        return (frame, checksum)
    }

    /// The header at `offset`, an index of `bytes`, and its checksum; nil if the bytes there are not a header.
    package static func decode(
        _ bytes: ArraySlice<UInt8>,
        at offset: Int
    ) -> (header: FrameHeader, checksum: UInt32)? {
        guard offset + byteCount <= bytes.endIndex, let kind = Kind(rawValue: bytes.littleEndian32(at: offset))
        else { return nil }
        let checksum = bytes.littleEndian32(at: offset + 4)
        guard checksum == Checksum.crc32c(bytes[(offset + 8)..<(offset + byteCount)]) else { return nil }
        let header = FrameHeader(
            kind: kind,
            payloadByteCount: Int(bytes.littleEndian32(at: offset + 8)),
            count: Int(bytes.littleEndian32(at: offset + 12)),
            firstSequence: bytes.littleEndian64(at: offset + 16),
            durableUpTo: bytes.littleEndian64(at: offset + 24),
            previousChecksum: bytes.littleEndian32(at: offset + 32),
            payloadChecksum: bytes.littleEndian32(at: offset + 36)
        )
        // A matching checksum is not enough: no writer reaches a sequence that overflows, or asserts in a frame that
        // the frame's own events are durable.
        guard !header.firstSequence.addingReportingOverflow(UInt64(header.count)).overflow,
            header.durableUpTo < header.firstSequence
        else { return nil }
        return (header, checksum)
    }
}

/// An event's canonical bytes: what a frame carries, what a leaf of the Merkle tree hashes, and what the columns of the
/// database give back.
///
/// See `schema/segment-format.md`, "Record".
package enum EventRecord {
    /// The record format that this version writes; `format` in SQL.
    package static let format: UInt8 = 1
    /// Set in the first byte, beside the format, where the record holds no event id because the ledger derives it.
    static let derivedIDFlag: UInt8 = 0x80

    /// Format at 0, sequence at 1, recorded_at at 9, event id at 17 if it is stored; the body follows.
    private static func headerByteCount(_ idOrigin: EventID.Origin) -> Int {
        switch idOrigin {
        case .derived: 1 + 8 + 8
        case .stored: 1 + 8 + 8 + EventID.byteCount
        }
    }

    private static func idOrigin(ofFirstByte byte: UInt8) -> EventID.Origin {
        byte & derivedIDFlag != 0 ? .derived : .stored
    }

    /// Each record in a frame is preceded by its length.
    static let lengthByteCount = 4

    /// No record has fewer bytes.
    static let byteCountMin = headerByteCount(.derived)

    /// How many bytes an event takes in a frame.
    static func framedByteCount(_ body: EventBody, _ idOrigin: EventID.Origin) -> Int {
        lengthByteCount + headerByteCount(idOrigin) + body.bytes.count
    }

    /// Appends the record without its length.
    package static func encode(_ event: Event, into bytes: inout [UInt8]) {
        bytes.append(addingCapacity: headerByteCount(event.idOrigin) + event.body.bytes.count) { room in
            write(event.sequence, event.recordedAt, event.storedID, event.body, into: &room)
        }
    }

    /// Appends the record of an event after its length.
    static func encodeFramed(
        sequence: UInt64,
        recordedAt: Timestamp,
        storedID: EventID?,
        body: EventBody,
        into bytes: inout [UInt8]
    ) {
        let byteCount = framedByteCount(body, storedID == nil ? .derived : .stored)
        bytes.append(addingCapacity: byteCount) { room in
            room.appendLittleEndian(UInt32(byteCount - lengthByteCount))
            write(sequence, recordedAt, storedID, body, into: &room)
        }
    }

    /// Appends the record of an event after its length, as the other `encodeFramed` does.
    package static func encodeFramed(_ event: Event, into bytes: inout [UInt8]) {
        encodeFramed(
            sequence: event.sequence,
            recordedAt: event.recordedAt,
            storedID: event.storedID,
            body: event.body,
            into: &bytes
        )
    }

    private static func write(
        _ sequence: UInt64,
        _ recordedAt: Timestamp,
        _ storedID: EventID?,
        _ body: EventBody,
        into room: inout OutputSpan<UInt8>
    ) {
        room.append(storedID == nil ? format | derivedIDFlag : format)
        room.appendLittleEndian(sequence)
        room.appendLittleEndian(UInt64(bitPattern: recordedAt.microsecondsSince1970))
        storedID?.append(to: &room)
        room.append(body.bytes.span)
    }

    /// Whether the record at `range`, in indices of `bytes`, is of a trade.
    ///
    /// A cheap test that skips records without decoding them; it does not check the record.
    static func isOfTrade(_ id: ArraySlice<UInt8>, _ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        // The body's type and time are followed by the length and bytes of the subject.
        let lengthIndex = typeIndex(bytes, range) + 1 + 8
        guard lengthIndex < range.upperBound, bytes[lengthIndex] == id.count,
            type(bytes, range)?.isAboutTrade == true
        else { return false }
        return bytes[(lengthIndex + 1)..<range.upperBound].starts(with: id)
    }

    /// The type of the event whose record is at `range`, in indices of `bytes`; nil where it has none.
    ///
    /// As cheap as `isOfTrade`, and no check either.
    static func type(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> EventType? {
        guard !range.isEmpty else { return nil }
        let index = typeIndex(bytes, range)
        return index < range.upperBound ? EventType(rawValue: bytes[index]) : nil
    }

    /// The id of the subject of the event whose record is at `range`, in indices of `bytes`; nil where it has none.
    ///
    /// As cheap as `isOfTrade`, and no check either.
    static func subject(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> ArraySlice<UInt8>? {
        guard !range.isEmpty else { return nil }
        let lengthIndex = typeIndex(bytes, range) + 1 + 8
        guard lengthIndex < range.upperBound else { return nil }
        let end = lengthIndex + 1 + Int(bytes[lengthIndex])
        return end <= range.upperBound ? bytes[(lengthIndex + 1)..<end] : nil
    }

    private static func typeIndex(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> Int {
        range.lowerBound + headerByteCount(idOrigin(ofFirstByte: bytes[range.lowerBound]))
    }

    /// Decodes the record at `range`, in indices of `bytes`; the event's body keeps a slice of them alive.
    ///
    /// `derivedIDs` gives the id if the record holds none. Throws what is wrong with the record but not where; the
    /// caller knows the place.
    package static func decode(
        _ bytes: ArraySlice<UInt8>,
        _ range: Range<Int>,
        of derivedIDs: DerivedEventIDs,
        checking check: BodyCheck
    ) throws(BodyFault) -> Event {
        let span = bytes.span
        let start = range.lowerBound - bytes.startIndex
        let idOrigin = range.isEmpty ? .stored : idOrigin(ofFirstByte: span[start])
        let headerByteCount = headerByteCount(idOrigin)
        guard range.count > headerByteCount else { throw BodyFault(message: "a record of \(range.count) bytes") }
        guard span[start] & ~derivedIDFlag == format else { throw BodyFault(message: "record format \(span[start])") }
        let sequence = span.littleEndian64(at: start + 1)
        let microseconds = Int64(bitPattern: span.littleEndian64(at: start + 9))
        guard Timestamp.rangeMicroseconds.contains(microseconds) else {
            throw BodyFault(message: "recorded_at is \(microseconds) microseconds, outside of the years 1970 to 9999")
        }
        let recordedAt = Timestamp(microsecondsSince1970: microseconds)
        let storedID = idOrigin == .stored ? EventID(span, at: start + 17) : nil
        guard let eventID = storedID ?? derivedIDs.id(at: sequence, recordedAt: recordedAt) else {
            throw BodyFault(message: "a record without an event id at sequence \(sequence)")
        }
        return Event(
            sequence: sequence,
            recordedAt: recordedAt,
            eventID: eventID,
            idOrigin: idOrigin,
            body: try EventBody(bytes[(range.lowerBound + headerByteCount)..<range.upperBound], checking: check)
        )
    }
}

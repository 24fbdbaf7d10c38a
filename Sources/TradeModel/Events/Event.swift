/// An event as the ledger holds it: what the producer said, with the place and the time that the ledger gave it.
public struct Event: Hashable, Sendable {
    /// The event's place in the ledger: 1, 2, 3 … without a gap.
    public let sequence: UInt64
    /// When the ledger took it, by its own clock, which never goes back.
    public let recordedAt: Timestamp
    /// The producer's id of the event, or the UUIDv7 that the ledger made.
    public let eventID: EventID
    /// Whether the ledger stores this id.
    public let idOrigin: EventID.Origin
    /// What happened.
    public let body: EventBody

    /// An event from its parts.
    public init(
        sequence: UInt64,
        recordedAt: Timestamp,
        eventID: EventID,
        idOrigin: EventID.Origin = .stored,
        body: EventBody
    ) {
        self.sequence = sequence
        self.recordedAt = recordedAt
        self.eventID = eventID
        self.idOrigin = idOrigin
        self.body = body
    }

    /// The id if the ledger stores it.
    package var storedID: EventID? { idOrigin == .stored ? eventID : nil }

    /// The same event with bytes of its own: for callers that keep events for long, see `EventBody.bytes`.
    ///
    /// O(bytes).
    public func copied() -> Event {
        Event(
            sequence: sequence,
            recordedAt: recordedAt,
            eventID: eventID,
            idOrigin: idOrigin,
            body: body.copied()
        )
    }
}

/// An event on its way into the ledger.
public struct EventDraft: Hashable, Sendable {
    /// The producer's id of the event; nil lets the ledger derive one.
    public let eventID: EventID?
    /// The fields that the producer did not send.
    let filledIn: FilledInFields
    /// What happened.
    public let body: EventBody

    /// A draft from its parts.
    public init(eventID: EventID? = nil, body: EventBody) {
        self.init(eventID: eventID, body: body, filledIn: [])
    }

    init(eventID: EventID?, body: EventBody, filledIn: FilledInFields) {
        self.eventID = eventID
        self.filledIn = filledIn
        self.body = body
    }
}

/// What the producer reported: an event without its id and without the ledger's own fields.
///
/// A body *is* its canonical bytes (`schema/segment-format.md`, "Body"): two bodies are equal exactly if their bytes
/// are, and a value is decoded on access, which walks over the fields before it.
public struct EventBody: Hashable, Sendable {
    /// The canonical bytes: type, `occurred_at`, subject, then the fields in ascending order of their numbers.
    ///
    /// Those of an event that was read from a ledger are a part of all that was read at once, up to some hundred
    /// kilobytes, which stay in memory for as long as any part of them: see `copied()`.
    public let bytes: ArraySlice<UInt8>

    static let subjectOffset = 1 + 8 + 1

    /// Takes bytes that `BodyWriter` wrote or `BodyCheck` found to be in order.
    init(checked bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// The same body with bytes of its own: for callers that keep events for long.
    ///
    /// O(bytes).
    public func copied() -> EventBody { EventBody(checked: Array(bytes)[...]) }

    /// What happened.
    public var type: EventType {
        EventType(number: bytes[bytes.startIndex])
    }

    /// When it happened at the venue.
    public var occurredAt: Timestamp {
        Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.span.littleEndian64(at: 1)))
    }

    /// The id of what it happened to, which `type.subject` names; empty where the event is about nothing.
    public var subject: String { String(decoding: subjectBytes, as: UTF8.self) }

    /// The bytes of the id of what it happened to.
    public var subjectBytes: ArraySlice<UInt8> {
        bytes[(bytes.startIndex + Self.subjectOffset)..<(bytes.startIndex + bytes.span.fieldsOffset)]
    }

    /// The text of a field, or nil where the event does not have it.
    ///
    /// Traps on a field that is not a text.
    public func text(_ field: Field) -> String? {
        textBytes(field).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text field or of `context`, or nil where the event does not have it.
    public func textBytes(_ field: Field) -> ArraySlice<UInt8>? {
        precondition(field.form == .text || field.form == .json, "\(field.name) holds no text")
        guard let range = bytes.span.value(of: field) else { return nil }
        return bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)]
    }

    /// The value of a decimal field, or nil where the event does not have it.
    ///
    /// Traps on a field that is not a decimal.
    public func decimal(_ field: Field) -> Decimal? {
        precondition(field.form == .decimal, "\(field.name) holds no decimal")
        let span = bytes.span
        guard let range = span.value(of: field) else { return nil }
        return DecimalCoding.decode(span, range)
    }

    /// The value of a field as it is printed, a decimal as digits; for the field of the subject, its id.
    ///
    /// Nil where the event does not have the field.
    public func printed(_ field: Field) -> String? {
        if field == type.subject { return subject }
        return switch field.form {
        case .text, .json: text(field)
        case .decimal: decimal(field)?.description
        case .uuid: bytes.span.value(of: field).map { EventID(bytes.span, at: $0.lowerBound).description }
        }
    }

    /// The value of a field of a UUID that lies at a range of `bytes`, as `fields` gave it.
    package func uuid(in range: Range<Int>) -> EventID { EventID(bytes.span, at: range.lowerBound - bytes.startIndex) }

    /// The value of a decimal field that lies at a range of `bytes`, as `fields` gave it.
    package func decimal(in range: Range<Int>) -> Decimal {
        DecimalCoding.decode(bytes.span, (range.lowerBound - bytes.startIndex)..<(range.upperBound - bytes.startIndex))
    }

    /// The fields that the event has, ascending, each with the range of its value in `bytes`.
    public var fields: FieldSequence { FieldSequence(bytes: bytes, offset: bytes.span.fieldsOffset) }
}

/// Walks over the fields of a canonical body.
public struct FieldSequence: Sequence, IteratorProtocol {
    let bytes: ArraySlice<UInt8>
    /// Where the next field begins, counted from the start of the body.
    var offset: Int

    /// The next field and the range of its value's bytes, or nil at the end of the body.
    public mutating func next() -> (Field, Range<Int>)? {
        var end = offset
        guard let (field, range) = bytes.span.takeField(at: &end) else { return nil }
        offset = end
        return (field, (bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound))
    }
}

/// The bytes of a body where they lie: the walk over its fields, without a count of references for each step.
///
/// Offsets count from the start of the body. The bytes were checked before (`BodyCheck`).
extension Span<UInt8> {
    /// Where the id of the subject lies; empty where the event is about nothing.
    package var subjectRange: Range<Int> { EventBody.subjectOffset..<fieldsOffset }

    /// Where the fields begin, after type, time and subject.
    package var fieldsOffset: Int { EventBody.subjectOffset + Int(self[EventBody.subjectOffset - 1]) }

    /// The field that begins at an offset, and the range of its value, or nil at the end; moves the offset past it.
    @inline(__always)
    package func takeField(at offset: inout Int) -> (Field, Range<Int>)? {
        guard offset < count else { return nil }
        let field = Field(number: self[offset])
        var start = offset + 2
        var byteCount = Int(self[offset + 1])
        if byteCount == ValueLength.isLong {
            byteCount = Int(littleEndian32(at: start))
            start += 4
        }
        offset = start + byteCount
        return (field, start..<offset)
    }

    /// The decimal that lies at a range.
    package func decimal(in range: Range<Int>) -> Decimal { DecimalCoding.decode(self, range) }

    /// Where the value of a field lies; nil where the body does not have it.
    package func value(of field: Field) -> Range<Int>? {
        var offset = fieldsOffset
        // Numbers ascend, so a body lacks what is not found by then.
        while let (candidate, range) = takeField(at: &offset), candidate.number <= field.number {
            if candidate == field { return range }
        }
        return nil
    }
}

/// Writes the canonical bytes of one event body: the fields must come in ascending order of their numbers.
package struct BodyWriter {
    private var bytes: [UInt8] = []
    private var lastNumber: UInt8 = 0

    /// Begins a body of about this many bytes; more only cost time.
    ///
    /// The id of the subject has as many bytes of UTF-8 as `subjectByteCounts` of the type says.
    init(type: EventType, occurredAt: Timestamp, subject: Span<UInt8>, byteCountMax: Int) {
        precondition(type.subjectByteCounts.contains(subject.count), "the id of the subject is within its limits")
        bytes.reserveCapacity(byteCountMax)
        bytes.append(type.rawValue)
        bytes.appendLittleEndian(UInt64(bitPattern: occurredAt.microsecondsSince1970))
        bytes.append(UInt8(subject.count))
        append(subject)
    }

    /// Begins a body, as the other `init` does.
    package init(type: EventType, occurredAt: Timestamp, subject: some Collection<UInt8>) {
        let subject = Array(subject)
        self.init(type: type, occurredAt: occurredAt, subject: subject.span, byteCountMax: 192)
    }

    /// Adds a text field, or `context`.
    ///
    /// The text is UTF-8 within the field's limit.
    package mutating func append(_ field: Field, text: some Collection<UInt8>) {
        let text = Array(text)
        append(field, text: text.span)
    }

    /// Adds a text field, or `context`, as the other `append` does.
    mutating func append(_ field: Field, text: Span<UInt8>) {
        precondition(field.form == .text || field.form == .json, "\(field.name) holds no text")
        begin(field)
        bytes.append(addingCapacity: ValueLength.byteCount(of: text.count)) { (room) in
            ValueLength.append(text.count, to: &room)
        }
        append(text)
    }

    package mutating func append(_ field: Field, decimal: Decimal) {
        precondition(field.form == .decimal, "\(field.name) holds no decimal")
        begin(field)
        DecimalCoding.encode(decimal, into: &bytes)
    }

    package mutating func append(_ field: Field, uuid: EventID) {
        precondition(field.form == .uuid, "\(field.name) holds no UUID")
        begin(field)
        bytes.append(UInt8(EventID.byteCount))
        uuid.append(to: &bytes)
    }

    var byteCount: Int { bytes.count }

    package consuming func finish() -> EventBody { EventBody(checked: bytes[...]) }

    private mutating func begin(_ field: Field) {
        precondition(field.number > lastNumber, "fields are written in ascending order of their numbers")
        lastNumber = field.number
        bytes.append(field.number)
    }

    /// An array takes a span only as a buffer.
    private mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
}

/// The length before a value: one byte, or for long values a mark and four bytes.
enum ValueLength {
    /// The byte before a length of four bytes.
    static let isLong = 255

    /// How many bytes the length of a value takes.
    static func byteCount(of byteCount: Int) -> Int { byteCount >= isLong ? 1 + 4 : 1 }

    /// Appends the length of a value.
    static func append(_ byteCount: Int, to bytes: inout OutputSpan<UInt8>) {
        guard byteCount >= isLong else { return bytes.append(UInt8(byteCount)) }
        bytes.append(UInt8(isLong))
        bytes.appendLittleEndian(UInt32(byteCount))
    }
}

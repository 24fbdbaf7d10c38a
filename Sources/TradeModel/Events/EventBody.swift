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

/// What the producer said happened: an event without its id and without what the ledger adds.
///
/// A body *is* its canonical bytes (`schema/segment-format.md`, "Body"): two bodies say the same exactly when their
/// bytes are equal, and a value is decoded when it is asked for. Asking costs a walk over the fields before it.
public struct EventBody: Hashable, Sendable {
    /// The canonical bytes: type, `occurred_at`, trade id, then the fields in ascending order of their tags.
    public let bytes: [UInt8]

    /// Where the fields begin, behind type, time and trade id.
    private var fieldsOffset: Int { Self.tradeIDOffset + Int(bytes[Self.tradeIDOffset - 1]) }

    private static let tradeIDOffset = 1 + 8 + 1

    /// Takes bytes that `BodyWriter` wrote, which are canonical by construction.
    init(canonical bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What happened.
    public var type: EventType {
        guard let type = EventType(rawValue: bytes[0]) else { preconditionFailure("a body has a known type") }
        return type
    }

    /// When it happened at the venue.
    public var occurredAt: Timestamp {
        Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: 1)))
    }

    /// The trade it happened to: 1 to 128 bytes of UTF-8.
    public var tradeID: String { String(decoding: bytes[Self.tradeIDOffset..<fieldsOffset], as: UTF8.self) }

    /// The bytes of the trade id.
    public var tradeIDBytes: ArraySlice<UInt8> { bytes[Self.tradeIDOffset..<fieldsOffset] }

    /// The text of a field, or nil where the event does not have it.
    ///
    /// Traps on a decimal field.
    public func text(_ field: Field) -> String? {
        precondition(field.form != .decimal, "\(field) holds a decimal")
        return value(field).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The bytes of a text field or of `context`, or nil where the event does not have it.
    public func textBytes(_ field: Field) -> ArraySlice<UInt8>? {
        precondition(field.form != .decimal, "\(field) holds a decimal")
        return value(field).map { bytes[$0] }
    }

    /// The value of a decimal field, or nil where the event does not have it.
    ///
    /// Traps on a text field.
    public func decimal(_ field: Field) -> Decimal? {
        precondition(field.form == .decimal, "\(field) holds text")
        return value(field).map { DecimalCoding.decode(bytes[$0]) }
    }

    /// The fields that the event has, ascending, each with the range of its value in `bytes`.
    public var fields: FieldSequence { FieldSequence(bytes: bytes, offset: fieldsOffset) }

    private func value(_ field: Field) -> Range<Int>? {
        for (candidate, range) in fields {
            if candidate == field { return range }
            if candidate.rawValue > field.rawValue { return nil }
        }
        return nil
    }
}

/// Walks over the fields of a canonical body.
public struct FieldSequence: Sequence, IteratorProtocol {
    let bytes: [UInt8]
    var offset: Int

    /// The next field and the range of its value's bytes, or nil at the end of the body.
    public mutating func next() -> (Field, Range<Int>)? {
        guard offset < bytes.count else { return nil }
        guard let field = Field(rawValue: bytes[offset]) else { preconditionFailure("a body has known fields") }
        let start: Int
        let count: Int
        switch field.form {
        case .text:
            start = offset + 3
            count = Int(bytes.littleEndian16(at: offset + 1))
        case .decimal:
            start = offset + 1
            count = DecimalCoding.byteCount(magnitudeByteCount: bytes[start + 1])
        case .json:
            start = offset + 5
            count = Int(bytes.littleEndian32(at: offset + 1))
        }
        offset = start + count
        return (field, start..<offset)
    }
}

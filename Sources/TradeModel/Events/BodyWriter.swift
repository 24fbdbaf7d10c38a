/// Writes the canonical bytes of one event body: the fields must come in ascending order of their tags.
package struct BodyWriter {
    private var bytes: [UInt8] = []
    private var lastTag: UInt8 = 0

    /// Begins a body of about this many bytes; more only cost time.
    ///
    /// The trade id has 1 to 128 bytes of UTF-8.
    init(type: EventType, occurredAt: Timestamp, tradeID: Span<UInt8>, byteCountMax: Int) {
        precondition(
            tradeID.count > 0 && tradeID.count <= Limits.identifierByteCountMax,
            "a trade id has 1 to 128 bytes"
        )
        bytes.reserveCapacity(byteCountMax)
        bytes.append(type.rawValue)
        bytes.appendLittleEndian(UInt64(bitPattern: occurredAt.microsecondsSince1970))
        bytes.append(UInt8(tradeID.count))
        append(tradeID)
    }

    /// Begins a body.
    ///
    /// The trade id has 1 to 128 bytes of UTF-8.
    package init(type: EventType, occurredAt: Timestamp, tradeID: some Collection<UInt8>) {
        let tradeID = Array(tradeID)
        self.init(type: type, occurredAt: occurredAt, tradeID: tradeID.span, byteCountMax: 192)
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
        begin(field)
        switch field.form {
        case .text(let byteCountMax):
            precondition(text.count <= byteCountMax, "\(field.name) has at most \(byteCountMax) bytes")
            bytes.appendLittleEndian(UInt16(text.count))
        case .json:
            precondition(text.count <= Limits.printedLineByteCountMax, "context is within the event's limit")
            bytes.appendLittleEndian(UInt32(text.count))
        case .decimal:
            preconditionFailure("\(field.name) holds a decimal")
        }
        append(text)
    }

    /// Adds a decimal field.
    package mutating func append(_ field: Field, decimal: Decimal) {
        precondition(field.form == .decimal, "\(field.name) holds text")
        begin(field)
        DecimalCoding.encode(decimal, into: &bytes)
    }

    /// How long the body is so far.
    var byteCount: Int { bytes.count }

    /// The body.
    package consuming func finish() -> EventBody { EventBody(checked: bytes[...]) }

    private mutating func begin(_ field: Field) {
        precondition(field.rawValue > lastTag, "fields are written in ascending order of their tags")
        lastTag = field.rawValue
        bytes.append(field.rawValue)
    }

    /// An array takes a span only as a buffer.
    private mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
}

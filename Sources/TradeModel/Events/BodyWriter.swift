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
        ValueLength.append(text.count, to: &bytes)
        append(text)
    }

    /// Adds a decimal field.
    package mutating func append(_ field: Field, decimal: Decimal) {
        precondition(field.form == .decimal, "\(field.name) holds no decimal")
        begin(field)
        DecimalCoding.encode(decimal, into: &bytes)
    }

    /// Adds a field of a UUID.
    package mutating func append(_ field: Field, uuid: EventID) {
        precondition(field.form == .uuid, "\(field.name) holds no UUID")
        begin(field)
        ValueLength.append(EventID.byteCount, to: &bytes)
        uuid.append(to: &bytes)
    }

    /// How long the body is so far.
    var byteCount: Int { bytes.count }

    /// The body.
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

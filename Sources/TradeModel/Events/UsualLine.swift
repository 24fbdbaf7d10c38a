/// A line as producers usually write it, read in one pass over its bytes.
///
/// Reading gives up on anything unusual: escapes in the event's own texts, a name twice, a name or a value that is not
/// allowed, and what only a few lines have. `EventJSON.decodeThoroughly` decides about such a line and words what is
/// wrong with it; for every other line both give the same draft. The context is only checked, and keeps its bytes.
struct UsualLine: ~Copyable {
    /// What the body will hold for a field.
    private enum Content {
        /// Bytes of the line, from one offset to another.
        case text(UInt32, UInt32)
        case decimal(Decimal)
        case uuid(EventID)

        /// A line has less than 2^32 bytes.
        @inline(__always)
        static func text(in range: Range<Int>) -> Content {
            .text(UInt32(truncatingIfNeeded: range.lowerBound), UInt32(truncatingIfNeeded: range.upperBound))
        }
    }

    private var scanner = JSONScanner()
    private var type: EventType?
    private var eventID: EventID?
    private var occurredAt: Timestamp?
    private var hasFee = false
    /// The fields that are not null.
    private var present = FieldSet()
    /// The contents of fields in the order of the line; the first is of none.
    private var contents = InlineArray<32, Content>(repeating: .text(0, 0))
    private var contentCount = 1
    /// By the number of a field, the place of its content; 0 for a field that the line does not name.
    private var places = InlineArray<128, UInt8>(repeating: 0)
    /// The place of a field that is null.
    private static var nullPlace: UInt8 { .max }
    /// How many bytes the fields take in the body.
    private var fieldsByteCount = 0

    @inline(__always)
    private init() {}

    /// The event of a line; nil where reading gives up.
    static func draft(_ line: Span<UInt8>) -> EventDraft? {
        guard line.count <= Limits.eventLineByteCountMax else { return nil }
        var reading = UsualLine()
        do throws(Rejection) {
            guard try reading.read(line) else { return nil }
        } catch {
            return nil
        }
        return reading.draft(of: line)
    }

    private mutating func read(_ line: Span<UInt8>) throws(Rejection) -> Bool {
        let names = LineNames.shared
        try scanner.skipSpace(in: line)
        guard scanner.take(UInt8(ascii: "{"), in: line) else { return false }
        repeat {
            try scanner.skipSpace(in: line)
            guard scanner.take(UInt8(ascii: "\""), in: line),
                let key = names.keys.value(quotedAt: &scanner.offset, in: line), try takeColon(in: line),
                try takeValue(of: key, names, in: line)
            else { return false }
            try scanner.skipSpace(in: line)
        } while scanner.take(UInt8(ascii: ","), in: line)
        guard scanner.take(UInt8(ascii: "}"), in: line) else { return false }
        try scanner.skipSpace(in: line)
        return scanner.offset == line.count
    }

    /// Moves past the colon after a name to the value; false where there is none.
    @inline(__always)
    private mutating func takeColon(in line: Span<UInt8>) throws(Rejection) -> Bool {
        try scanner.skipSpace(in: line)
        guard scanner.take(UInt8(ascii: ":"), in: line) else { return false }
        try scanner.skipSpace(in: line)
        return true
    }

    /// Moves past a string; nil where there is none, or one with escapes.
    @inline(__always)
    private mutating func takeText(in line: Span<UInt8>) throws(Rejection) -> Range<Int>? {
        if let text = scanner.scanPlainString(in: line) { return text }
        return try takeTextBeyondASCII(in: line)
    }

    private mutating func takeTextBeyondASCII(in line: Span<UInt8>) throws(Rejection) -> Range<Int>? {
        let value = try scanner.scanScalar(in: line)
        return value.kind != .string || value.hasEscapes ? nil : value.contentRange
    }

    private mutating func takeValue(
        of key: EventKey,
        _ names: LineNames,
        in line: Span<UInt8>
    ) throws(Rejection) -> Bool {
        switch key {
        case .type:
            guard type == nil, let text = try takeText(in: line) else { return false }
            type = EventType(name: line.extracting(text))
            return type != nil
        case .eventID:
            guard eventID == nil, let text = try takeText(in: line) else { return false }
            eventID = EventID(parsing: line.extracting(text))
            return eventID != nil
        case .occurredAt:
            guard occurredAt == nil else { return false }
            occurredAt = try takeTime(in: line)
            return occurredAt != nil
        case .fee:
            guard !hasFee else { return false }
            hasFee = true
            guard scanner.take(UInt8(ascii: "{"), in: line) else { return try takeField(.feeCost, names, in: line) }
            return try takeFee(names, in: line)
        case .field(let field):
            return try takeField(field, names, in: line)
        case .assigned:
            return false
        }
    }

    private mutating func takeTime(in line: Span<UInt8>) throws(Rejection) -> Timestamp? {
        if let text = scanner.scanPlainString(in: line) { return Timestamp(rfc3339: line.extracting(text)) }
        let number = try scanner.scanScalar(in: line)
        guard number.kind == .number, let time = Timestamp(milliseconds: line.extracting(number.range)),
            time >= .leastMilliseconds
        else { return nil }
        return time
    }

    /// Takes the parts of a fee after its opening brace.
    private mutating func takeFee(_ names: LineNames, in line: Span<UInt8>) throws(Rejection) -> Bool {
        var hasRate = false
        repeat {
            try scanner.skipSpace(in: line)
            guard scanner.take(UInt8(ascii: "\""), in: line),
                let part = names.feeParts.value(quotedAt: &scanner.offset, in: line), try takeColon(in: line)
            else { return false }
            switch part {
            case .field(let field):
                guard try takeField(field, names, in: line) else { return false }
            case .rate:
                guard !hasRate else { return false }
                hasRate = true
                _ = try scanner.scanScalar(in: line)
            }
            try scanner.skipSpace(in: line)
        } while scanner.take(UInt8(ascii: ","), in: line)
        return scanner.take(UInt8(ascii: "}"), in: line) && present.contains(.feeCost)
    }

    private mutating func takeField(_ field: Field, _ names: LineNames, in line: Span<UInt8>) throws(Rejection) -> Bool
    {
        guard places[Int(field.number)] == 0 else { return false }
        if scanner.next(in: line) == UInt8(ascii: "n") {
            places[Int(field.number)] = Self.nullPlace
            return try scanner.scanScalar(in: line).kind == .null
        }
        guard contentCount < contents.count, let content = try takeContent(of: field, names, in: line) else {
            return false
        }
        contents[contentCount] = content
        places[Int(field.number)] = UInt8(contentCount)
        contentCount += 1
        present.insert(field)
        fieldsByteCount += Self.byteCount(of: content)
        return true
    }

    private mutating func takeContent(
        of field: Field,
        _ names: LineNames,
        in line: Span<UInt8>
    ) throws(Rejection) -> Content? {
        switch names.rules[Int(field.number)] {
        case .decimal:
            return try takeDecimal(in: line).map { .decimal($0) }
        case .text(let byteCountMin, let byteCountMax):
            guard let text = try takeText(in: line), Int(byteCountMin) <= text.count, text.count <= Int(byteCountMax)
            else { return nil }
            return .text(in: text)
        case .choice:
            guard let text = try takeText(in: line),
                let fields = names.choices[text, in: line], fields.contains(field)
            else { return nil }
            return .text(in: text)
        case .flag:
            let value = try scanner.scanScalar(in: line)
            return value.kind == .bool ? .text(in: value.range) : nil
        case .count:
            let value = try scanner.scanScalar(in: line)
            let isUsual = value.kind == .number && line.extracting(value.range).isCount
            return isUsual ? .text(in: value.range) : nil
        case .scope:
            guard let text = try takeText(in: line), Scope(line.extracting(text)) != nil else { return nil }
            return .text(in: text)
        case .uuid:
            guard let text = try takeText(in: line) else { return nil }
            return EventID(parsing: line.extracting(text)).map { .uuid($0) }
        case .object:
            let start = scanner.offset
            guard try scanner.scanUsualObject(in: line, outerNesting: 1) else { return nil }
            return .text(in: start..<scanner.offset)
        }
    }

    private mutating func takeDecimal(in line: Span<UInt8>) throws(Rejection) -> Decimal? {
        let isQuoted = scanner.next(in: line) == UInt8(ascii: "\"")
        if let (decimal, end) = Decimal.short(in: line, from: scanner.offset + (isQuoted ? 1 : 0)) {
            scanner.offset = end
            return !isQuoted || scanner.take(UInt8(ascii: "\""), in: line) ? decimal : nil
        }
        let value = try scanner.scanScalar(in: line)
        guard value.kind == .number || value.kind == .string, !value.hasEscapes else { return nil }
        let text = value.kind == .number ? value.range : value.contentRange
        do throws(DecimalError) { return try Decimal(parsing: line.extracting(text)) } catch { return nil }
    }
}

/// The body of a line that was read.
extension UsualLine {
    private mutating func draft(of line: Span<UInt8>) -> EventDraft? {
        guard let type, let occurredAt else { return nil }
        let traits = type.traits
        guard traits.isSentByProducers, let own = traits.subject, present.contains(own) else { return nil }
        let ownContent = content(of: own)
        guard case .text(let start, let end) = ownContent else { return nil }
        let subject = line.extracting(Int(start)..<Int(end))
        var fields = present
        fields.remove(own)
        let byteCount = EventBody.subjectOffset + subject.count + fieldsByteCount - Self.byteCount(of: ownContent)
        guard traits.subjectByteCounts.contains(subject.count), fields.isSubset(of: traits.allowed),
            traits.required.isSubset(of: fields), byteCount <= Limits.eventLineByteCountMax
        else { return nil }
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: byteCount) { (room) in
            room.append(type.rawValue)
            room.appendLittleEndian(UInt64(bitPattern: occurredAt.microsecondsSince1970))
            room.append(UInt8(subject.count))
            room.append(subject)
            while let field = fields.popFirst() { append(field, of: line, to: &room) }
        }
        if traits.hasFormRules, type.rules.formFault(in: bytes.span) != nil { return nil }
        return EventDraft(eventID: eventID, body: EventBody(checked: bytes[...]))
    }

    /// Mutating, because an element of an inline array that is not is read through a copy of the whole array.
    private mutating func content(of field: Field) -> Content { contents[Int(places[Int(field.number)])] }

    private mutating func append(_ field: Field, of line: Span<UInt8>, to room: inout OutputSpan<UInt8>) {
        room.append(field.number)
        switch content(of: field) {
        case .text(let start, let end):
            ValueLength.append(Int(end - start), to: &room)
            room.append(line.extracting(Int(start)..<Int(end)))
        case .decimal(let decimal):
            DecimalCoding.encode(decimal, into: &room)
        case .uuid(let uuid):
            ValueLength.append(EventID.byteCount, to: &room)
            uuid.append(to: &room)
        }
    }

    /// How many bytes a field takes in the body: its number, its length and its value.
    private static func byteCount(of content: Content) -> Int {
        let byteCount =
            switch content {
            case .text(let start, let end): Int(end - start)
            case .decimal(let decimal): DecimalCoding.byteCount(decimal)
            case .uuid: EventID.byteCount
            }
        return 1 + ValueLength.byteCount(of: byteCount) + byteCount
    }
}

/// How thoroughly the bytes of a body are checked.
///
/// Bytes from outside are checked completely, and so is every record by `verify` and `repair`. A reader of the ledger's
/// own events has just verified a checksum over bytes that were checked completely, so it only checks what could make
/// an accessor trap.
public enum BodyCheck: Sendable {
    /// Type, time, fields, lengths, decimals, and texts that are one of a few: no accessor traps, no rule is undefined.
    case form
    /// Also that texts are UTF-8 without U+0000 and that a context is JSON: what JSON is refused for is refused here.
    case content
}

extension EventBody {
    /// Takes bytes from outside: from a file, or rebuilt from columns.
    ///
    /// Throws where no event could have such a body. O(bytes).
    public init(validating bytes: [UInt8]) throws(BodyFault) {
        try self.init(bytes[...], checking: .content)
    }

    /// Takes a slice of bytes from outside, which it keeps, as the other `init` does.
    public init(validating bytes: ArraySlice<UInt8>) throws(BodyFault) {
        try self.init(bytes, checking: .content)
    }

    /// Takes a slice of bytes, which it keeps, after a check as close as their source asks for.
    ///
    /// Throws where no event could have such a body. O(fields) for the form, O(bytes) for the content.
    public init(_ bytes: ArraySlice<UInt8>, checking check: BodyCheck) throws(BodyFault) {
        var walk = BodyWalk(check)
        try walk.run(bytes.span)
        self.init(checked: bytes)
    }
}

/// Walks over bytes that claim to be a body and checks each step before it takes it.
private struct BodyWalk {
    private let check: BodyCheck
    /// The next byte, counted from the start of the body.
    private var offset = 0

    init(_ check: BodyCheck) {
        self.check = check
    }

    mutating func run(_ bytes: Span<UInt8>) throws(BodyFault) {
        // A body is always shorter than the line that it came from.
        guard bytes.count <= Limits.eventLineByteCountMax else {
            throw BodyFault(message: "a body of \(bytes.count) bytes")
        }
        guard let type = EventType(rawValue: bytes[try take(1, "type", of: bytes)]) else {
            throw BodyFault(message: "unknown event type")
        }
        let occurredAt = Int64(bitPattern: bytes.littleEndian64(at: try take(8, "occurred_at", of: bytes)))
        guard Timestamp.rangeMicroseconds.contains(occurredAt) else {
            throw BodyFault(message: "occurred_at is \(occurredAt) microseconds")
        }
        let traits = type.traits
        try takeSubject(traits, bytes)
        let fieldTraits = EventVocabulary.shared.fieldTraits
        try takeFields(of: type, traits, fieldTraits.span, bytes)
    }

    @inline(__always)
    private mutating func takeSubject(_ traits: TypeTraits, _ bytes: Span<UInt8>) throws(BodyFault) {
        let byteCount = Int(bytes[try take(1, "subject", of: bytes)])
        guard traits.subjectByteCounts.contains(byteCount) else {
            throw BodyFault(message: "a \(traits.subject?.name ?? "subject") of \(byteCount) bytes")
        }
        let start = try take(byteCount, "subject", of: bytes)
        guard !traits.isAboutScope || Scope(bytes.extracting(start..<offset)) != nil else {
            throw BodyFault(message: "a subject that is not a scope")
        }
        if check == .content, let subject = traits.subject { try checkText(bytes, start..<offset, of: subject) }
    }

    @inline(__always)
    private mutating func takeFields(
        of type: EventType,
        _ typeTraits: TypeTraits,
        _ fieldTraits: Span<FieldTraits>,
        _ bytes: Span<UInt8>
    ) throws(BodyFault) {
        let allowed = typeTraits.allowed
        var lastNumber: UInt8 = 0
        var seen = FieldSet()
        while offset < bytes.count {
            let field = Field(number: bytes[offset])
            guard field.number > lastNumber, allowed.contains(field) else {
                throw BodyFault(message: "field \(field.number) after field \(lastNumber) in \(type.name)")
            }
            offset += 1
            lastNumber = field.number
            seen.insert(field)
            try takeValue(of: field, fieldTraits[Int(field.number)], bytes)
        }
        try checkNothingIsMissing(from: type, typeTraits.required, seen)
        if typeTraits.hasFormRules, let fault = type.rules.formFault(in: bytes) {
            throw BodyFault(message: "\(type.name): \(fault.message)")
        }
    }

    private func checkNothingIsMissing(
        from type: EventType,
        _ required: FieldSet,
        _ seen: FieldSet
    ) throws(BodyFault) {
        if !required.isSubset(of: seen) {
            let missing = type.requiredFields.filter { !seen.contains($0) }.map(\.name)
            throw BodyFault(message: "\(type.name) without \(missing.joined(separator: ", "))")
        }
        guard seen.contains(.feeCost) || !(seen.contains(.feeCurrency) || seen.contains(.feeQuoteCost)) else {
            throw BodyFault(message: "a fee without its cost")
        }
    }

    @inline(__always)
    private mutating func takeValue(
        of field: Field,
        _ traits: FieldTraits,
        _ bytes: Span<UInt8>
    ) throws(BodyFault) {
        let byteCount = try takeLength(of: field, bytes)
        let start = try take(byteCount, "value", of: bytes)
        switch traits.form {
        case .text:
            guard traits.allows(byteCount: byteCount) else {
                throw BodyFault(message: "\(field.name) of \(byteCount) bytes")
            }
            if check == .content { try checkText(bytes, start..<offset, of: field) }
            guard traits.isFreeText || Self.isText(bytes.extracting(start..<offset), of: field.kind) else {
                throw BodyFault(message: "no value of \(field.name)")
            }
        case .json: if check == .content { try checkContext(bytes, start..<offset) }
        case .uuid:
            guard byteCount == EventID.byteCount else { throw BodyFault(message: "\(field.name) is not a UUID") }
        case .decimal:
            guard DecimalCoding.isCanonical(bytes, start..<offset) else {
                throw BodyFault(message: "\(field.name) is not a canonical decimal")
            }
        }
    }

    @inline(__always)
    private mutating func takeLength(of field: Field, _ bytes: Span<UInt8>) throws(BodyFault) -> Int {
        let byteCount = Int(bytes[try take(1, "length", of: bytes)])
        guard byteCount == ValueLength.isLong else { return byteCount }
        let long = Int(bytes.littleEndian32(at: try take(4, "length", of: bytes)))
        guard long >= ValueLength.isLong else {
            throw BodyFault(message: "\(field.name) has a long length of \(long) bytes")
        }
        return long
    }

    /// Where so many bytes begin, which are taken.
    @inline(__always)
    private mutating func take(_ count: Int, _ what: StaticString, of bytes: Span<UInt8>) throws(BodyFault) -> Int {
        guard bytes.count - offset >= count else { throw BodyFault(message: "\(what) ends early") }
        defer { offset += count }
        return offset
    }

    private func checkText(_ bytes: Span<UInt8>, _ range: Range<Int>, of field: Field) throws(BodyFault) {
        if bytes.isPlainASCII(range) { return }
        for index in range where bytes[index] == 0 { throw BodyFault(message: "\(field.name) holds U+0000") }
        do {
            _ = try UTF8Span(validating: bytes.extracting(range))
        } catch {
            throw BodyFault(message: "\(field.name) is not UTF-8")
        }
    }

    private func checkContext(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(BodyFault) {
        do {
            try JSONScanner.checkObject(bytes.extracting(range), outerNesting: 1)
        } catch {
            throw BodyFault(message: "context is not a JSON object: \(error.message)")
        }
    }

    private static func isText(_ text: Span<UInt8>, of kind: Field.Kind) -> Bool {
        switch kind {
        case .text: return true
        case .choice, .side, .flag:
            for choice in kind.choices ?? [] where text.holds(choice) { return true }
            return false
        case .quantityOrRest: return text.holds("rest") || isCanonicalQuantity(text)
        case .scope: return Scope(text) != nil
        case .count: return text.isCount
        case .decimal, .uuid, .object: preconditionFailure("no text")
        }
    }

    private static func isCanonicalQuantity(_ text: Span<UInt8>) -> Bool {
        do {
            let quantity = try Decimal(parsing: text)
            return !quantity.isNegative && text.holds(quantity.description)
        } catch {
            return false
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are a whole number from 0 to 2^63 - 1, as a body holds it: digits without a leading zero.
    var isCount: Bool {
        guard (1...19).contains(count), count == 1 || self[0] != UInt8(ascii: "0") else { return false }
        var value: UInt64 = 0
        for index in 0..<count {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) else { return false }
            value = value * 10 + UInt64(self[index] - UInt8(ascii: "0"))
        }
        return value <= UInt64(Int64.max)
    }

    /// Whether every byte of a range is ASCII and none is 0, as in most texts: nothing else about them needs to be
    /// looked at.
    fileprivate func isPlainASCII(_ range: Range<Int>) -> Bool {
        var next = range.lowerBound
        while range.upperBound - next >= 8 {
            guard Self.isPlainASCII(littleEndian64(at: next)) else { return false }
            next += 8
        }
        let restByteCount = range.upperBound - next
        guard restByteCount > 0 else { return true }
        // Ones take the place of the bytes after the range.
        let ones: UInt64 = 0x0101_0101_0101_0101 << UInt64(8 * restByteCount)
        return Self.isPlainASCII(littleEndian(at: next, byteCount: restByteCount) | ones)
    }

    /// Eight at a time: a zero byte borrows from its top bit, and a non-ASCII byte has it set.
    private static func isPlainASCII(_ word: UInt64) -> Bool {
        (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0
    }
}

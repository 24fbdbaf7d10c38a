/// Why bytes are not the canonical form of an event body.
public struct BodyFault: Error, Hashable, Sendable {
    /// What is wrong with the bytes.
    public let message: String

    package init(message: String) {
        self.message = message
    }
}

extension EventBody {
    /// Takes bytes from outside: from a log, or rebuilt from columns.
    ///
    /// Throws where no event could have such a body.
    public init(validating bytes: [UInt8]) throws(BodyFault) {
        try self.init(validating: bytes[...])
    }

    /// Takes a slice of bytes from outside.
    ///
    /// O(bytes).
    package init(validating bytes: ArraySlice<UInt8>) throws(BodyFault) {
        var walk = BodyWalk(bytes)
        try walk.run()
        self.init(canonical: Array(bytes))
    }
}

/// Walks over bytes that claim to be a body and checks each step before it takes it.
///
/// What JSON is refused for is refused here too: a log is worth no more than the least that it may hold.
private struct BodyWalk {
    private var reader: ByteReader
    private var seen: FieldSet = []

    init(_ bytes: ArraySlice<UInt8>) {
        reader = ByteReader(bytes)
    }

    mutating func run() throws(BodyFault) {
        // A body is always shorter than the line that it came from.
        guard reader.byteCountLeft <= Limits.eventLineByteCountMax else {
            throw BodyFault(message: "a body of \(reader.byteCountLeft) bytes")
        }
        guard let type = EventType(rawValue: try reader.uint8("type")) else {
            throw BodyFault(message: "unknown event type")
        }
        let occurredAt = Int64(bitPattern: try reader.uint64("occurred_at"))
        guard Timestamp.rangeMicroseconds.contains(occurredAt) else {
            throw BodyFault(message: "occurred_at is \(occurredAt) microseconds")
        }
        let tradeIDByteCount = Int(try reader.uint8("trade_id"))
        guard (1...Limits.identifierByteCountMax).contains(tradeIDByteCount) else {
            throw BodyFault(message: "a trade_id of \(tradeIDByteCount) bytes")
        }
        try checkText(try reader.bytes(tradeIDByteCount, "trade_id"), "trade_id")
        try takeFields(of: type)
        try checkNothingIsMissing(from: type)
    }

    private mutating func takeFields(of type: EventType) throws(BodyFault) {
        var lastTag: UInt8 = 0
        while reader.byteCountLeft > 0 {
            let tag = try reader.uint8("field")
            guard let field = Field(rawValue: tag), tag > lastTag, type.allows(field) else {
                throw BodyFault(message: "field \(tag) after field \(lastTag) in \(type.name)")
            }
            lastTag = tag
            seen.insert(field)
            try takeValue(of: field)
        }
    }

    private func checkNothingIsMissing(from type: EventType) throws(BodyFault) {
        if !type.requiredSet.isSubset(of: seen) {
            let missing = type.requiredFields.filter { !seen.contains($0) }.map(\.name)
            throw BodyFault(message: "\(type.name) without \(missing.joined(separator: ", "))")
        }
        guard seen.contains(.feeCost) || !(seen.contains(.feeCurrency) || seen.contains(.feeQuoteCost)) else {
            throw BodyFault(message: "a fee without its cost")
        }
    }

    private mutating func takeValue(of field: Field) throws(BodyFault) {
        switch field.form {
        case .text(let byteCountMax):
            let bytes = try takeBytes(of: field, byteCount: Int(try reader.uint16("text")), byteCountMax)
            try checkText(bytes, field.name)
            guard Self.isValue(bytes, of: field) else { throw BodyFault(message: "no value of \(field.name)") }
        case .json:
            try checkContext(
                takeBytes(of: field, byteCount: Int(try reader.uint32("context")), Limits.eventLineByteCountMax)
            )
        case .decimal:
            guard reader.byteCountLeft >= 2 else { throw BodyFault(message: "\(field.name) ends early") }
            let count = DecimalCoding.byteCount(magnitudeByteCount: reader.rest[reader.rest.startIndex + 1])
            guard DecimalCoding.decodeIfCanonical(try reader.bytes(count, "decimal")) != nil else {
                throw BodyFault(message: "\(field.name) is not a canonical decimal")
            }
        }
    }

    private mutating func takeBytes(
        of field: Field,
        byteCount: Int,
        _ byteCountMax: Int
    ) throws(BodyFault) -> ArraySlice<UInt8> {
        guard byteCount <= byteCountMax else { throw BodyFault(message: "\(field.name) of \(byteCount) bytes") }
        return try reader.bytes(byteCount, "text")
    }

    private func checkText(_ bytes: ArraySlice<UInt8>, _ what: String) throws(BodyFault) {
        guard !bytes.contains(0) else { throw BodyFault(message: "\(what) holds U+0000") }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw BodyFault(message: "\(what) is not UTF-8")
        }
    }

    private func checkContext(_ bytes: ArraySlice<UInt8>) throws(BodyFault) {
        do {
            try JSONScanner.checkObject(bytes, outerNesting: 1)
        } catch {
            throw BodyFault(message: "context is not a JSON object: \(error.message)")
        }
    }

    /// Whether a field that is not free to hold any text can hold this one.
    private static func isValue(_ text: ArraySlice<UInt8>, of field: Field) -> Bool {
        switch field {
        case .symbol: !text.isEmpty
        case .side: text.elementsEqual("buy".utf8) || text.elementsEqual("sell".utf8)
        case .kind: Field.adjustmentKinds.contains { text.elementsEqual($0.utf8) }
        case .dust: text.elementsEqual("rest".utf8) || isCanonicalQuantity(text)
        default: true
        }
    }

    private static func isCanonicalQuantity(_ text: ArraySlice<UInt8>) -> Bool {
        do {
            let quantity = try Decimal(parsing: text)
            return !quantity.isNegative && text.elementsEqual(quantity.description.utf8)
        } catch {
            return false
        }
    }
}

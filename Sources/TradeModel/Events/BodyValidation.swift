/// Why bytes are not the canonical form of an event body.
public struct BodyFault: Error, Hashable, Sendable {
    /// What is wrong with the bytes.
    public let message: String

    package init(message: String) {
        self.message = message
    }
}

extension EventBody {
    /// Takes bytes from outside: from a log, or rebuilt from columns. Throws where they are not canonical.
    public init(validating bytes: [UInt8]) throws(BodyFault) {
        try self.init(validating: bytes[...])
    }

    /// Takes a slice of bytes from outside. O(bytes).
    package init(validating bytes: ArraySlice<UInt8>) throws(BodyFault) {
        var walk = BodyWalk(bytes)
        try walk.run()
        self.init(canonical: Array(bytes))
    }
}

/// Walks over bytes that claim to be a body and checks each step before it takes it.
private struct BodyWalk {
    private var reader: ByteReader
    private var seen: UInt32 = 0

    init(_ bytes: ArraySlice<UInt8>) {
        reader = ByteReader(bytes)
    }

    mutating func run() throws(BodyFault) {
        guard let type = EventType(rawValue: try reader.uint8("type")) else {
            throw BodyFault(message: "unknown event type")
        }
        _ = try reader.uint64("occurred_at")
        let tradeIDByteCount = Int(try reader.uint8("trade_id"))
        guard (1...Limits.identifierByteCountMax).contains(tradeIDByteCount) else {
            throw BodyFault(message: "a trade_id of \(tradeIDByteCount) bytes")
        }
        try checkText(try reader.bytes(tradeIDByteCount, "trade_id"), "trade_id")

        var lastTag: UInt8 = 0
        while !reader.rest.isEmpty {
            let tag = try reader.uint8("field")
            guard let field = Field(rawValue: tag), tag > lastTag, type.allows(field) else {
                throw BodyFault(message: "field \(tag) after field \(lastTag) in \(type.name)")
            }
            lastTag = tag
            seen |= 1 << UInt32(tag)
            try takeValue(of: field)
        }
        for field in type.requiredFields where seen & (1 << UInt32(field.rawValue)) == 0 {
            throw BodyFault(message: "\(type.name) without \(field.name)")
        }
    }

    private mutating func takeValue(of field: Field) throws(BodyFault) {
        switch field.form {
        case .text(let byteCountMax):
            try takeText(of: field, byteCount: Int(try reader.uint16("text")), byteCountMax: byteCountMax)
        case .json:
            try takeText(
                of: field,
                byteCount: Int(try reader.uint32("context")),
                byteCountMax: Limits.eventLineByteCountMax
            )
        case .decimal:
            guard reader.rest.count >= 2 else { throw BodyFault(message: "\(field.name) ends early") }
            let count = DecimalCoding.byteCount(magnitudeByteCount: reader.rest[reader.rest.startIndex + 1])
            guard DecimalCoding.decodeIfCanonical(try reader.bytes(count, "decimal")) != nil else {
                throw BodyFault(message: "\(field.name) is not a canonical decimal")
            }
        }
    }

    private mutating func takeText(of field: Field, byteCount: Int, byteCountMax: Int) throws(BodyFault) {
        guard byteCount <= byteCountMax else { throw BodyFault(message: "\(field.name) of \(byteCount) bytes") }
        try checkText(try reader.bytes(byteCount, "text"), field.name)
    }

    private func checkText(_ bytes: ArraySlice<UInt8>, _ what: String) throws(BodyFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw BodyFault(message: "\(what) is not UTF-8")
        }
    }
}

/// The parts of a trade's state as bytes.
extension [UInt8] {
    /// Appends a text of at most 255 bytes after its length.
    mutating func append(shortText text: String) {
        append(UInt8(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

extension ByteReader {
    /// Takes a text of at most 255 bytes after its length.
    mutating func shortText(_ what: StaticString) throws(BodyFault) -> String {
        String(decoding: try bytes(Int(try uint8(what)), what), as: UTF8.self)
    }

    /// Takes a decimal.
    mutating func decimal() throws(BodyFault) -> Decimal {
        let byteCount = Int(try uint8("decimal"))
        let start = try take(byteCount, "decimal") - bytes.startIndex
        guard let decimal = DecimalCoding.decodeIfCanonical(bytes.span, start..<(start + byteCount)) else {
            throw BodyFault(message: "a decimal that is not canonical")
        }
        return decimal
    }
}

/// The parts of a trade's state as bytes.
extension [UInt8] {
    /// Appends a text of at most 255 bytes behind its length.
    mutating func append(shortText text: String) {
        append(UInt8(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

extension ByteReader {
    /// Takes a text of at most 255 bytes behind its length.
    mutating func shortText(_ what: StaticString) throws(BodyFault) -> String {
        String(decoding: try bytes(Int(try uint8(what)), what), as: UTF8.self)
    }

    /// Takes the value whose number, counted from 1, stands here.
    mutating func oneOf<Value>(_ values: [Value], _ what: StaticString) throws(BodyFault) -> Value {
        let number = Int(try uint8(what))
        guard (1...values.count).contains(number) else { throw BodyFault(message: "\(what) of number \(number)") }
        return values[number - 1]
    }

    /// Takes a decimal.
    mutating func decimal() throws(BodyFault) -> Decimal {
        let head = rest.prefix(2)
        guard let count = head.last, head.count == 2 else { throw BodyFault(message: "a decimal ends early") }
        let encoded = try bytes(DecimalCoding.byteCount(magnitudeByteCount: count), "decimal")
        guard let decimal = DecimalCoding.decodeIfCanonical(encoded.span, 0..<encoded.count) else {
            throw BodyFault(message: "a decimal that is not canonical")
        }
        return decimal
    }
}

/// A reader of JSON that accepts only what RFC 8259 allows, because every reader has to accept the program's output.
///
/// It shares no code with the ledger's own.
package struct StrictJSON {
    /// What is wrong, and at which byte.
    package struct Malformed: Error, Equatable {
        package let reason: String
        package let offset: Int
    }

    /// A value; the text of a number is kept.
    package indirect enum Value: Equatable, Sendable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([Value])
        case object([String: Value])

        /// The member of an object.
        package subscript(name: String) -> Value? {
            if case .object(let members) = self { members[name] } else { nil }
        }

        package var text: String? { if case .string(let text) = self { text } else { nil } }
        package var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    }

    private let bytes: [UInt8]
    private var index = 0
    private var nesting = 0

    private static let nestingMax = 1000

    /// Reads the one value that the bytes are.
    package static func value(of bytes: [UInt8]) throws(Malformed) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Malformed(reason: "it is no UTF-8", offset: 0)
        }
        var reader = StrictJSON(bytes: bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.malformed("something comes after the value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func malformed(_ reason: String) -> Malformed { Malformed(reason: reason, offset: index) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value() throws(Malformed) -> Value {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(Malformed) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(Malformed) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(_ read: (inout StrictJSON) throws(Malformed) -> Value) throws(Malformed) -> Value {
        nesting += 1
        guard nesting <= Self.nestingMax else { throw malformed("it is nested too deeply") }
        index += 1
        let value = try read(&self)
        nesting -= 1
        return value
    }

    private mutating func object() throws(Malformed) -> Value {
        var members: [String: Value] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("a name is missing") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw malformed("a colon is missing") }
            guard members.updateValue(try value(), forKey: name) == nil else {
                throw malformed("the name \(name) comes twice")
            }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw malformed("a comma is missing") }
        }
    }

    private mutating func array() throws(Malformed) -> Value {
        var elements: [Value] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw malformed("a comma is missing") }
        }
    }

    private mutating func word(_ text: String, _ value: Value) throws(Malformed) -> Value {
        guard bytes[index...].starts(with: text.utf8) else { throw malformed("no value begins so") }
        index += text.utf8.count
        return value
    }

    private mutating func number() throws(Malformed) -> Value {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() throws(Malformed) {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw malformed("a digit is missing") }
    }

    private mutating func string() throws(Malformed) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += String(try escape()).utf8
            case ..<0x20: throw malformed("a control character stands in a string")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw malformed("a string does not end")
    }

    private static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private mutating func escape() throws(Malformed) -> Unicode.Scalar {
        index += 1
        guard let letter = next else { throw malformed("an escape does not end") }
        index += 1
        if let scalar = Self.escapes[letter] { return scalar }
        guard letter == UInt8(ascii: "u") else { throw malformed("there is no such escape") }
        let unit = try codeUnit()
        guard let high = unit.isHigh ? unit.value : nil else {
            guard let scalar = Unicode.Scalar(unit.value) else { throw malformed("half of a pair stands alone") }
            return scalar
        }
        guard take("\\"), take("u") else { throw malformed("half of a pair stands alone") }
        let low = try codeUnit().value
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(low) - 0xDC00)
        else { throw malformed("half of a pair stands alone") }
        return scalar
    }

    private mutating func codeUnit() throws(Malformed) -> (value: UInt16, isHigh: Bool) {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+")
        else { throw malformed("four hexadecimal digits are missing") }
        index += 4
        return (unit, (0xD800...0xDBFF).contains(unit))
    }
}

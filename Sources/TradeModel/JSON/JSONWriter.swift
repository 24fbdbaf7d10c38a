/// Writes JSON without spaces into bytes.
///
/// The caller makes sure that brackets match and that each name has a value; the writer adds the commas.
package struct JSONWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Begins after bytes that are there already.
    package init(after bytes: consuming [UInt8] = []) {
        self.bytes = bytes
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Ends a line of NDJSON; another value may follow.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// The name of a member, whose value comes next.
    package mutating func key(_ name: String) { key(utf8: name.utf8) }

    /// The name of a member, as UTF-8.
    mutating func key(utf8 name: some Collection<UInt8>) {
        value(utf8: name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ string: String) { value(utf8: string.utf8) }

    /// A string, as UTF-8.
    package mutating func value(utf8 string: some Collection<UInt8>) {
        appendQuoted { bytes in
            if string.contains(where: Self.needsEscape) {
                for byte in string { Self.appendEscaped(byte, to: &bytes) }
            } else {
                bytes.append(contentsOf: string)
            }
        }
    }

    package mutating func value(_ integer: some FixedWidthInteger) { value(json: integer.description.utf8) }

    package mutating func value(_ bool: Bool) { value(json: bool ? "true".utf8 : "false".utf8) }

    /// A decimal, as a string: many readers take a JSON number for a binary fraction.
    package mutating func value(_ decimal: Decimal) { appendQuoted { decimal.write(into: &$0) } }

    /// A time, as RFC 3339 in UTC with microseconds.
    package mutating func value(_ time: Timestamp) { appendQuoted { time.write(into: &$0) } }

    /// An id, as a UUID in lower case.
    package mutating func value(_ id: EventID) { appendQuoted { id.write(into: &$0) } }

    package mutating func null() { value(json: "null".utf8) }

    /// A value that is JSON already.
    package mutating func value(json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func appendQuoted(_ write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x0C: bytes.append(contentsOf: "\\f".utf8)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x00..<0x20:
            bytes.append(contentsOf: "\\u00".utf8)
            for digit in [byte >> 4, byte & 0xF] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        default: bytes.append(byte)
        }
    }
}

/// Percent encoding (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// The text of a part of a path; nil where it is no UTF-8, or an escape has no two hexadecimal digits.
    package static func decodedPath(_ text: some Collection<UInt8>) -> String? { decoded(text, plusIsSpace: false) }

    /// The text of a name or a value in a query, in which `+` stands for a space; nil as for a path.
    package static func decodedQuery(_ text: some Collection<UInt8>) -> String? { decoded(text, plusIsSpace: true) }

    private static func decoded(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// Takes tokens out of text that is shown or kept: what begins with `tl_`, and the word after `Bearer`.
///
/// It redacts too much rather than too little.
package enum TokenRedaction {
    private static let prefix = Array("tl_".utf8)
    private static let scheme = Array("bearer".utf8)
    private static let mask = Array("***".utf8)
    /// From this length on, the characters after `tl_` are a token even if `tl_` is the end of a longer word.
    private static let secretByteCount = 16

    /// The text with each token replaced by `***`.
    package static func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var redacted: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            guard let secret = tokenAfterPrefix(at: index, in: bytes) ?? wordAfterBearer(at: index, in: bytes) else {
                index += 1
                continue
            }
            redacted += bytes[copied..<secret.lowerBound] + mask
            copied = secret.upperBound
            index = secret.upperBound
        }
        return copied == 0 ? text : String(decoding: redacted + bytes[copied...], as: UTF8.self)
    }

    /// The rest of a token whose `tl_` is at an index.
    private static func tokenAfterPrefix(at index: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard bytes[index...].starts(with: prefix) else { return nil }
        let start = index + prefix.count
        let end = bytes[start...].firstIndex { !isTokenCharacter($0) } ?? bytes.count
        let isWord = index == 0 || !isLetterOrDigit(bytes[index - 1])
        return end > start && (isWord || end - start >= secretByteCount) ? start..<end : nil
    }

    /// The word that follows a `Bearer` at an index, after white space or a sign such as `:` or `=`.
    private static func wordAfterBearer(at index: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard index + scheme.count <= bytes.count,
            zip(bytes[index...], scheme).allSatisfy({ $0 | 0x20 == $1 }),
            let start = bytes[(index + scheme.count)...].firstIndex(where: { !isSeparator($0) }),
            start > index + scheme.count
        else { return nil }
        let end = bytes[start...].firstIndex(where: isSeparator) ?? bytes.count
        return bytes[start..<end].elementsEqual(mask) ? nil : start..<end
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "=")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether a byte lies between words: a control character, a space, a quotation mark, or one of `:,;=`.
    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte <= 0x20 || "\"':,;=".utf8.contains(byte)
    }
}

internal import CCrypto

/// Base64 with padding (RFC 4648, section 4) in its one canonical form.
enum Base64 {
    /// The text of some bytes.
    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: encoded(bytes), as: UTF8.self)
    }

    /// OpenSSL counts with 32 bits.
    private static let byteCountMax = 1 << 29

    /// The bytes of a text; nil for anything that `text` does not give, and for more than half a gigabyte.
    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count.isMultiple(of: 4), text.count / 4 * 3 <= byteCountMax else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes = unsafe [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { buffer, count in
            count = Int(max(0, unsafe EVP_DecodeBlock(buffer.baseAddress, text, Int32(text.count))))
        }
        bytes.removeLast(min(padding, bytes.count))
        // OpenSSL is lenient: it skips white space and accepts any bits after the last byte.
        return encoded(bytes) == text ? bytes : nil
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count <= byteCountMax, "\(bytes.count) bytes are too many for base64")
        // One byte more, because OpenSSL ends the text with a zero.
        return unsafe [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            count = Int(unsafe EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
        }
    }
}

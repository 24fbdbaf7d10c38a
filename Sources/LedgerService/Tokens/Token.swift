internal import CCrypto
internal import Ledger
package import TradeModel

/// What the ledger keeps of a token: everything but its text.
package struct Token: Hashable, Sendable {
    /// Eight hexadecimal digits, by which people name the token; no secret.
    package let id: String
    /// The actor of an event that has none and comes with this token; nil where the token has no name.
    package let name: TokenName?
    /// What its holder may do.
    package let role: TokenRole
    /// When it was created, by the clock of this machine.
    package let createdAt: Timestamp
    /// When it was revoked; nil while it is valid.
    package internal(set) var revokedAt: Timestamp?
    /// What the ledger compares the text of a request with.
    let hash: TokenHash

    static let idByteCount = 4
}

/// The name of a token: 1 to 128 bytes of UTF-8 without characters that are not seen.
package struct TokenName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    package let description: String

    /// How long a name may be, in bytes.
    package static let byteCountMax = 128

    /// A name; nil where the text cannot be one.
    package init?(_ text: String) {
        guard 1...Self.byteCountMax ~= text.utf8.count, !text.unicodeScalars.contains(where: \.isHidden) else {
            return nil
        }
        description = text
    }
}

/// The text of a token, which only its holder keeps: `tl_` and 256 random bits as 64 hexadecimal digits.
package struct TokenText: Sendable {
    /// The text, for its holder alone.
    package let secret: String

    private static let prefix = "tl_"
    private static let randomByteCount = 32
    private static let byteCount = prefix.utf8.count + 2 * randomByteCount

    /// A new text from 256 random bits.
    init(random: (UInt64, UInt64), _ more: (UInt64, UInt64)) {
        var bytes: [UInt8] = []
        for word in [random.0, random.1, more.0, more.1] { bytes.appendLittleEndian(word) }
        secret = Self.prefix + Hexadecimal.text(bytes)
    }

    /// A text that a client sent; nil where no token looks like it.
    init?(_ sent: String) {
        let bytes = sent.utf8
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.prefix.utf8),
            Hexadecimal.bytes(bytes.dropFirst(Self.prefix.utf8.count)) != nil
        else { return nil }
        secret = sent
    }

    /// What the ledger keeps of it.
    var hash: TokenHash { TokenHash(of: secret) }
}

/// The SHA-256 of a token's text.
///
/// Without salt and without rounds: nobody guesses 256 random bits, and each request computes it.
struct TokenHash: Hashable, Sendable {
    static let byteCount = 32
    /// The 32 bytes of the hash.
    let bytes: [UInt8]

    init(of text: String) {
        let digest = SHA256.digest(of: Array(text.utf8).span)
        bytes = digest.indices.map { digest[$0] }
    }

    /// Reads lower-case hexadecimal digits; nil for anything else.
    init?(hexadecimal digits: some Collection<UInt8>) {
        guard let bytes = Hexadecimal.bytes(digits), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Whether two hashes are the same, in a time that does not depend on where they differ.
    func isSame(as other: TokenHash) -> Bool { ConstantTime.areEqual(bytes, other.bytes) }
}

/// Comparisons of secrets.
enum ConstantTime {
    /// Whether bytes are equal, in a time that depends on their number alone.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}

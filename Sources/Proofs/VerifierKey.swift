/// A public key under a name, by which signatures of checkpoints are checked.
///
/// Its text is that of C2SP signed-note: `NAME+ID+BASE64`, with the id in eight hexadecimal digits, and the byte 1,
/// which means Ed25519, before the 32 bytes of the key.
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// Whose key it is; for that of a ledger the origin of its checkpoints.
    public let name: String
    /// The 32 bytes of the public key (RFC 8032).
    let publicKey: [UInt8]
    /// What a signature names its key by: the first four bytes, big-endian, of the SHA-256 of name, line feed, 1 and
    /// public key.
    let id: UInt32

    static let algorithm: UInt8 = 1

    init(name: String, publicKey: [UInt8]) {
        self.name = name
        self.publicKey = publicKey
        let hash = Ed25519.sha256(Array(name.utf8) + [UInt8(ascii: "\n"), Self.algorithm] + publicKey)
        id = hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads the text of a key; nil where it is none, or its id is not that of name and key.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(validating: parts[0], as: UTF8.self), NoteSignature.isName(parts[0]),
            let data = Base64.bytes(parts[2]), data.count == 1 + Ed25519.keyByteCount, data[0] == Self.algorithm
        else { return nil }
        self.init(name: name, publicKey: Array(data.dropFirst()))
        guard parts[1].elementsEqual(idText.utf8) else { return nil }
    }

    /// The text of the key.
    public var description: String { "\(name)+\(idText)+\(Base64.text([Self.algorithm] + publicKey))" }

    /// The id in eight hexadecimal digits.
    var idText: String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Whether a signature names this key.
    func isNamed(by signature: NoteSignature) -> Bool {
        id == signature.keyID && name.utf8.elementsEqual(signature.name.utf8)
    }

    /// Whether a signature that names this key is its signature of a text.
    func hasSigned(_ text: [UInt8], _ signature: NoteSignature) -> Bool {
        Ed25519.isValid(signature.bytes, of: text, publicKey: publicKey)
    }
}

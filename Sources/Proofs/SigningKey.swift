internal import TradeModel

/// A private key under a name, which signs checkpoints.
///
/// Its text is that of Go's `golang.org/x/mod/sumdb/note`: `PRIVATE+KEY+NAME+ID+BASE64`, with the byte 1 before the 32
/// bytes of the seed. Only `secretText` reveals the seed.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key by which others check what this one has signed.
    public let verifierKey: VerifierKey
    private let seed: [UInt8]

    private static let prefix = "PRIVATE+KEY+"

    init(newNamed name: String) {
        self.init(name: name, seed: Ed25519.newSeed())
    }

    private init(name: String, seed: [UInt8]) {
        self.seed = seed
        verifierKey = VerifierKey(name: name, publicKey: Ed25519.publicKey(ofSeed: seed))
    }

    /// Reads the secret text of a key; nil where it is none.
    init?(secretText text: String) {
        guard text.hasPrefix(Self.prefix), let parsed = parsedKey(text.utf8.dropFirst(Self.prefix.utf8.count))
        else { return nil }
        self.init(name: parsed.name, seed: parsed.key)
        guard parsed.idText.elementsEqual(verifierKey.idText.utf8) else { return nil }
    }

    /// The text of the key, for the only file that stores it.
    var secretText: String {
        let data = Base64.text([VerifierKey.algorithm] + seed)
        return "\(Self.prefix)\(verifierKey.name)+\(verifierKey.idText)+\(data)"
    }

    /// The name alone.
    public var description: String { "signing key of \(verifierKey.name)" }

    /// Nothing, so that no dump shows the seed.
    public var customMirror: Mirror { Mirror(self, children: []) }

    func signature(of text: [UInt8]) -> NoteSignature {
        NoteSignature(name: verifierKey.name, keyID: verifierKey.id, bytes: Ed25519.signature(of: text, seed: seed))
    }
}

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

    fileprivate static let algorithm: UInt8 = 1

    init(name: String, publicKey: [UInt8]) {
        self.name = name
        self.publicKey = publicKey
        let hash = Ed25519.sha256(Array(name.utf8) + [UInt8(ascii: "\n"), Self.algorithm] + publicKey)
        id = UInt32(bigEndianPrefixOf: hash)
    }

    /// Reads the text of a key; nil where it is none, or its id is not that of name and key.
    public init?(_ text: String) {
        guard let parsed = parsedKey(text.utf8) else { return nil }
        self.init(name: parsed.name, publicKey: parsed.key)
        guard parsed.idText.elementsEqual(idText.utf8) else { return nil }
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

/// One signature line of a signed note (C2SP signed-note): an em dash, the name of the key, and in base64 the key's id
/// and the signature.
struct NoteSignature: Hashable, Sendable {
    let name: String
    let keyID: UInt32
    let bytes: [UInt8]

    /// What every signature line begins with.
    static let lineStart = Array("\u{2014} ".utf8)

    init(name: String, keyID: UInt32, bytes: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// Reads a line without its line feed; nil where it is none.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.lineStart) else { return nil }
        let parts = line.dropFirst(Self.lineStart.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), let name = String(validating: parts[0], as: UTF8.self),
            let data = Base64.bytes(parts[1]), data.count > 4
        else { return nil }
        self.init(name: name, keyID: UInt32(bigEndianPrefixOf: data), bytes: Array(data.dropFirst(4)))
    }

    /// The line, without its line feed.
    var line: [UInt8] {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * UInt32($0))) }
        return Self.lineStart + Array("\(name) \(Base64.text(id + bytes))".utf8)
    }

    /// Whether bytes may be the name of a key: UTF-8 that is not empty, without plus, white space and characters that
    /// are not seen.
    ///
    /// A name with one of these could look like another name.
    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty, let name = String(validating: bytes, as: UTF8.self) else { return false }
        return name.unicodeScalars.allSatisfy {
            $0 != "+" && !$0.isHidden && !$0.properties.isWhitespace
        }
    }
}

/// Reads `NAME+ID+BASE64`, the common part of the texts of both keys; nil where it is none.
private func parsedKey(_ text: some Collection<UInt8>) -> (name: String, idText: ArraySlice<UInt8>, key: [UInt8])? {
    let parts = Array(text).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, NoteSignature.isName(parts[0]), let name = String(validating: parts[0], as: UTF8.self),
        let data = Base64.bytes(parts[2]), data.count == 1 + Ed25519.keyByteCount, data[0] == VerifierKey.algorithm
    else { return nil }
    return (name, parts[1], Array(data.dropFirst()))
}

extension UInt32 {
    /// The number of the first four bytes, big-endian.
    fileprivate init(bigEndianPrefixOf bytes: [UInt8]) {
        self = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

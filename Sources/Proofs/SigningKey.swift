/// A private key under a name, which signs checkpoints.
///
/// Its text is that of Go's `golang.org/x/mod/sumdb/note`: `PRIVATE+KEY+NAME+ID+BASE64`, with the byte 1 before the 32
/// bytes of the seed. Only `secretText` reveals the seed.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key by which others check what this one has signed.
    public let verifierKey: VerifierKey
    private let seed: [UInt8]

    private static let prefix = "PRIVATE+KEY+"

    /// A new key under a name.
    init(newNamed name: String) {
        self.init(name: name, seed: Ed25519.newSeed())
    }

    private init(name: String, seed: [UInt8]) {
        self.seed = seed
        verifierKey = VerifierKey(name: name, publicKey: Ed25519.publicKey(ofSeed: seed))
    }

    /// Reads the secret text of a key; nil where it is none.
    init?(secretText text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.utf8.dropFirst(Self.prefix.utf8.count)
            .split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(validating: parts[0], as: UTF8.self), NoteSignature.isName(parts[0]),
            let data = Base64.bytes(parts[2]), data.count == 1 + Ed25519.keyByteCount,
            data[0] == VerifierKey.algorithm
        else { return nil }
        self.init(name: name, seed: Array(data.dropFirst()))
        guard parts[1].elementsEqual(verifierKey.idText.utf8) else { return nil }
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

    /// The signature of a text.
    func signature(of text: [UInt8]) -> NoteSignature {
        NoteSignature(
            name: verifierKey.name,
            keyID: verifierKey.id,
            bytes: Ed25519.signature(of: text, seed: seed)
        )
    }
}

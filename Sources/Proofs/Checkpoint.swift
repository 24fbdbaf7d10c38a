public import Ledger
public import TradeModel

/// The state of a ledger at a size: the text that a checkpoint signs (C2SP tlog-checkpoint).
public struct Checkpoint: Hashable, Sendable {
    /// The ledger whose events it is about.
    public let ledgerID: EventID
    /// How many events, from the first on.
    public let size: UInt64
    /// The root of the Merkle tree over them.
    public let root: MerkleHash
    /// Further keys of the ledger that a verifier who trusts this checkpoint may trust too: extension lines of the
    /// text.
    public let newKeys: [VerifierKey]

    private static let originPrefix = "tradeledger/"
    private static let keyWord = "key"

    init(ledgerID: EventID, size: UInt64, root: MerkleHash, newKeys: [VerifierKey] = []) {
        self.ledgerID = ledgerID
        self.size = size
        self.root = root
        self.newKeys = newKeys
    }

    /// The name of a ledger in its checkpoints and of its keys, such as
    /// `tradeledger/0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00`.
    public static func origin(of ledgerID: EventID) -> String { "\(originPrefix)\(ledgerID)" }

    /// The first line.
    public var origin: String { Self.origin(of: ledgerID) }

    /// Reads the three lines, and those that name keys.
    init(_ lines: inout TextLines) throws(ProofError) {
        let origin = try lines.peek()
        guard let id = EventID(String(decoding: origin.dropFirst(Self.originPrefix.utf8.count), as: UTF8.self)),
            origin.elementsEqual(Self.origin(of: id).utf8)
        else { throw lines.fault("the origin of a ledger belongs here: \(Self.originPrefix) and its id") }
        _ = try lines.next()
        guard let size = UInt64(canonicalDigits: try lines.peek()) else {
            throw lines.fault("the number of events belongs here")
        }
        _ = try lines.next()
        guard let bytes = Base64.bytes(try lines.peek()), let root = MerkleHash(bytes) else {
            throw lines.fault("a root belongs here: 32 bytes in base64")
        }
        _ = try lines.next()
        var newKeys: [VerifierKey] = []
        while try lines.peek().starts(with: "\(Self.keyWord) ".utf8) {
            let line = lines
            guard let text = try lines.next(after: Self.keyWord),
                let key = String(validating: text, as: UTF8.self).flatMap({ VerifierKey($0) }),
                key.name.utf8.elementsEqual(Self.origin(of: id).utf8)
            else { throw line.fault("a public key of this ledger belongs here") }
            newKeys.append(key)
        }
        self.init(ledgerID: id, size: size, root: root, newKeys: newKeys)
    }

    /// The text, which is what is signed.
    var text: [UInt8] {
        let lines = [origin, "\(size)", Base64.text(root.bytes)] + newKeys.map { "\(Self.keyWord) \($0)" }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }
}

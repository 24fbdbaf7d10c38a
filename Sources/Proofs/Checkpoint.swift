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
        let root = try lines.hash("a root")
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
        TextLines.text([origin, "\(size)", Base64.text(root.bytes)] + newKeys.map { "\(Self.keyWord) \($0)" })
    }
}

/// A checkpoint with its signatures: a signed note (C2SP signed-note).
public struct SignedCheckpoint: Hashable, Sendable {
    /// What is signed.
    public let checkpoint: Checkpoint
    let signatures: [NoteSignature]

    init(_ checkpoint: Checkpoint, signedBy keys: [SigningKey]) {
        self.checkpoint = checkpoint
        signatures = keys.map { $0.signature(of: checkpoint.text) }
    }

    /// Reads a note, up to the end of its signatures.
    init(_ lines: inout TextLines) throws(ProofError) {
        checkpoint = try Checkpoint(&lines)
        try lines.expect("")
        var signatures: [NoteSignature] = []
        while !lines.isAtEnd {
            let line = try lines.peek()
            if !signatures.isEmpty && !line.starts(with: NoteSignature.lineStart) { break }
            guard let signature = NoteSignature(line: line) else {
                throw lines.fault("a signature belongs here")
            }
            _ = try lines.next()
            signatures.append(signature)
        }
        guard !signatures.isEmpty else { throw lines.fault("a signature belongs here") }
        self.signatures = signatures
    }

    /// The note, as it is published.
    public var text: [UInt8] {
        checkpoint.text + [UInt8(ascii: "\n")] + signatures.flatMap { $0.line + [UInt8(ascii: "\n")] }
    }

    /// Verifies that a key of the ledger has signed it, and that every signature which names one of the keys is valid.
    ///
    /// Signatures of unknown keys are ignored (signed-note, "Signatures").
    public func check(_ keys: [VerifierKey]) throws(ProofError) {
        let text = checkpoint.text
        var isSigned = false
        for key in keys {
            for signature in signatures where key.isNamed(by: signature) {
                guard key.hasSigned(text, signature) else {
                    throw .refused("the signature of \(key.name) (\(key.idText)) is not that of this checkpoint")
                }
                isSigned = isSigned || key.name.utf8.elementsEqual(checkpoint.origin.utf8)
            }
        }
        guard isSigned else {
            let names = keys.map { "\($0.name) (\($0.idText))" }.joined(separator: ", ")
            throw .refused("the checkpoint of \(checkpoint.origin) is not signed by the key that was given: \(names)")
        }
    }
}

/// The lines of a file that is made of text, each of which ends in a line feed.
struct TextLines {
    /// What errors call the file.
    let name: String
    private let bytes: [UInt8]
    private var index = 0
    /// The number of the line that comes next, from 1.
    private(set) var number = 1

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    var isAtEnd: Bool { index == bytes.count }

    /// The next line without its line feed, as often as it is asked for.
    func peek() throws(ProofError) -> ArraySlice<UInt8> {
        guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw fault(isAtEnd ? "the file ends early" : "the line has no end")
        }
        return bytes[index..<end]
    }

    /// The next line without its line feed.
    mutating func next() throws(ProofError) -> ArraySlice<UInt8> {
        let line = try peek()
        index = line.endIndex + 1
        number += 1
        return line
    }

    /// Takes the next line, which must be this.
    mutating func expect(_ text: String) throws(ProofError) {
        guard try peek().elementsEqual(text.utf8) else {
            throw fault(text.isEmpty ? "an empty line belongs here" : "`\(text)` belongs here")
        }
        _ = try next()
    }

    /// The rest of the next line after a word and a space; nil if the line does not begin with them.
    mutating func next(after word: String) throws(ProofError) -> ArraySlice<UInt8>? {
        let start = Array("\(word) ".utf8)
        guard try peek().starts(with: start) else { return nil }
        return try next().dropFirst(start.count)
    }

    /// Takes the next line, which must be a hash: `what` says which one belongs there.
    mutating func hash(_ what: String) throws(ProofError) -> MerkleHash {
        guard let bytes = Base64.bytes(try peek()), let hash = MerkleHash(bytes) else {
            throw fault("\(what) belongs here: 32 bytes in base64")
        }
        _ = try next()
        return hash
    }

    /// The text of some lines.
    static func text(_ lines: [String]) -> [UInt8] { lines.flatMap { Array("\($0)\n".utf8) } }

    /// The error for an invalid next line.
    func fault(_ reason: String) -> ProofError { .refused("\(name), line \(number): \(reason)") }
}

extension UInt64 {
    /// The number of decimal digits without zeros before them; nil for anything else.
    init?(canonicalDigits digits: ArraySlice<UInt8>) {
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)),
            digits.elementsEqual(String(number).utf8)
        else { return nil }
        self = number
    }
}

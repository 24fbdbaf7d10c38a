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

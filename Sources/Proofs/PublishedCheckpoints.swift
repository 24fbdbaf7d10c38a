package import Ledger

/// Published checkpoints of one ledger in order; each one extends the previous one.
public struct PublishedCheckpoints: Sendable {
    /// The checkpoints, the oldest first; at least one.
    public let checkpoints: [SignedCheckpoint]
    /// What errors call them: the file.
    public let name: String

    /// Reads a file of one checkpoint or of many, with an empty line between them.
    ///
    /// Throws `refused` with the first invalid line.
    public init(_ bytes: [UInt8], name: String) throws(ProofError) {
        var lines = TextLines(bytes, name: name)
        var checkpoints = [try SignedCheckpoint(&lines)]
        while !lines.isAtEnd {
            try lines.expect("")
            checkpoints.append(try SignedCheckpoint(&lines))
        }
        self.init(checkpoints, name: name)
    }

    /// Only the newest, which was checked against all others when it was published.
    var newest: PublishedCheckpoints { PublishedCheckpoints(checkpoints.suffix(1), name: name) }

    private init(_ checkpoints: [SignedCheckpoint], name: String) {
        self.checkpoints = checkpoints
        self.name = name
    }

    /// Verifies that each is signed by one of the given keys, or by a key that an earlier checkpoint names.
    public func check(_ keys: [VerifierKey]) throws(ProofError) {
        var known = keys
        for checkpoint in checkpoints {
            try checkpoint.check(known)
            known += checkpoint.checkpoint.newKeys.filter { !known.contains($0) }
        }
    }

    /// Verifies that a log, read up to its durable end, extends each of them.
    ///
    /// O(checkpoints · log events).
    package func check<S: Storage>(_ tree: borrowing LogTree<S>, of log: LogReader<S>) throws {
        let root = try tree.root(at: tree.sequence)
        var agreed: UInt64 = 0
        for known in checkpoints.map(\.checkpoint) {
            guard known.ledgerID == log.ledgerID else {
                throw ProofError.refused(
                    "\(name) is of \(known.origin), and this ledger is \(Checkpoint.origin(of: log.ledgerID))"
                )
            }
            guard known.size <= tree.sequence else {
                throw ProofError.refused(
                    "\(name) has a checkpoint over \(known.size) events, and the log ends at \(tree.sequence): "
                        + "its end was cut off, or it was replaced by an older copy"
                )
            }
            let path = try tree.consistencyPath(from: known.size)
            guard MerkleProof.isConsistent(known.root, known.size, root, tree.sequence, path: path) else {
                throw ProofError.refused(
                    "the first \(known.size) events of the log are not those that \(name) commits to: some of "
                        + "\(min(agreed + 1, known.size)) to \(known.size) were changed, added or removed"
                )
            }
            agreed = max(agreed, known.size)
        }
    }
}

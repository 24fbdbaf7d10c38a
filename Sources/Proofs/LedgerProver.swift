public import Ledger
internal import TradeModel

/// Signs checkpoints of a ledger and proves that events are in it, whether or not a writer is active.
///
/// Anyone who can write the ledger's directory can write every checksum, root and note in it, so nothing in it proves
/// anything to others. They keep what this signs. Checkpoints and proofs have one canonical text each: parsing and
/// printing must give the same bytes.
public struct LedgerProver: Sendable {
    private let log: LogReader<PosixStorage>
    private let keys: [SigningKey]

    /// A prover of a ledger that signs with its keys.
    ///
    /// Throws `key` where it has none that may be used.
    public init(_ reader: LedgerReader, _ keys: LedgerKeys) throws(ProofError) {
        log = reader.log
        self.keys = try keys.signingKeys(of: reader.ledgerID)
    }

    /// The public keys for verifiers.
    public var verifierKeys: [VerifierKey] { keys.map(\.verifierKey) }

    /// The checkpoint over all durable events.
    ///
    /// Throws `refused` if the log does not extend earlier published checkpoints, and errors of the log. Reads the
    /// events after the last stored tree node, usually at most 256.
    public func checkpoint(extending published: PublishedCheckpoints? = nil) throws -> SignedCheckpoint {
        let tree = try tree()
        try published?.check(tree, of: log)
        return try checkpoint(tree, over: tree.sequence)
    }

    /// The checkpoint over the first durable events, and a proof that one of them was the last event of the log at its
    /// size: a verifier then knows what preceded it, and can continue from there.
    ///
    /// That event may be of any family.
    package func checkpoint(
        over size: UInt64,
        beginningWith first: UInt64
    ) throws(LedgerError) -> (start: TradeProof, end: SignedCheckpoint) {
        var tree = try tree()
        var lookup = log.cursor(from: first)
        guard let event = try lookup.next(upTo: size) else { preconditionFailure("\(first) comes before \(size)") }
        let inclusion = InclusionProof(event, path: try tree.inclusionPath(of: first, at: first))
        let start = TradeProof([inclusion], under: try checkpoint(tree, over: first))
        try check { () throws(ProofError) in _ = try inclusion.event(in: start.checkpoint.checkpoint) }
        return (start, try checkpoint(tree, over: size))
    }

    /// The proof of all events of a trade that are durable; nil where there is no such trade.
    ///
    /// Finds them as `trade` does, and reads at most 255 events around each.
    public func proof(ofTrade id: String) throws(LedgerError) -> TradeProof? {
        var tree = try tree()
        let events = try log.events(ofTrade: Array(id.utf8), upTo: tree.sequence)
        guard !events.isEmpty else { return nil }
        let checkpoint = try checkpoint(tree, over: tree.sequence)
        var inclusions: [InclusionProof] = []
        for event in events {
            let path = try tree.inclusionPath(of: event.sequence, at: tree.sequence)
            inclusions.append(InclusionProof(event, path: path))
        }
        let proof = TradeProof(inclusions, under: checkpoint)
        try check { () throws(ProofError) in _ = try proof.events() }
        return proof
    }

    /// Verifies a proof that was just made.
    private func check(_ verify: () throws(ProofError) -> Void) throws(LedgerError) {
        do throws(ProofError) { try verify() } catch {
            // The ledger's stored nodes do not match its events.
            throw LedgerError(
                .damaged,
                "the tree kept in \(log.storage.directory)/merkle.nodes is not that of the events: \(error)",
                remedy: "run `tradeledger verify`, and remove that file: it is rebuilt"
            )
        }
    }

    private func tree() throws(LedgerError) -> LogTree<PosixStorage> {
        let durable = try log.durableSequence()
        var tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        return tree
    }

    private func checkpoint(
        _ tree: borrowing LogTree<PosixStorage>,
        over size: UInt64
    ) throws(LedgerError) -> SignedCheckpoint {
        let checkpoint = Checkpoint(
            ledgerID: log.ledgerID,
            size: size,
            root: try tree.root(at: size),
            // The first key is the oldest, which others know already.
            newKeys: verifierKeys.dropFirst().map { $0 }
        )
        return SignedCheckpoint(checkpoint, signedBy: keys)
    }
}

/// Why a proof failed, or could not be made.
public enum ProofError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The log, or a file, failed.
    case ledger(LedgerError)
    /// There is no key, or one that may not be used.
    case key(String, remedy: String)
    /// A checkpoint or a proof is not what it claims to be.
    case refused(String)

    /// What happened and what to do, on one line.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .key(let message, let remedy): "\(message); \(remedy)"
        case .refused(let reason): reason
        }
    }
}

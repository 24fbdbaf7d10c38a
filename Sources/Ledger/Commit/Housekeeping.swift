package import TradeModel

/// The work behind the append path, a step at a time: makes the next segment ahead of time, lets the Merkle tree follow
/// the log and seals finished segments.
package struct Housekeeping<S: Storage>: ~Copyable {
    private let spare: SpareSegment<S>
    private let storage: S
    private let ledgerID: EventID
    private var tree: LogTree<S>
    /// How many nodes of the tree the ledger keeps.
    private var keptCount: Int
    private var sealer: Sealer<S>

    private static var eventCountMax: UInt64 { 1 << 14 }

    /// Begins with what the ledger has kept of its tree, and computes what is missing up to a durable sequence.
    package init(
        _ storage: S,
        _ ledgerID: EventID,
        _ spare: SpareSegment<S>,
        durableSequence: UInt64,
        sealedBlockByteCount: Int?
    ) throws(LedgerError) {
        let tree = try LogTree(storage, ledgerID, upTo: durableSequence)
        keptCount = min(try TreeFile.read(storage, ledgerID).count, tree.blocks.count)
        self.storage = storage
        self.ledgerID = ledgerID
        self.spare = spare
        self.tree = tree
        sealer = Sealer(storage, blockByteCount: sealedBlockByteCount)
    }

    /// Why finished segments stay as they were written; nil where they are sealed as they should.
    package var sealingFault: LedgerError? { sealer.fault }

    /// Does a part of what is to be done with the log durable up to a sequence; true where more is left.
    package mutating func step(durableSequence: UInt64) throws(LedgerError) -> Bool {
        // A full disk is no reason to give up: the commit thread says so when it needs the space.
        do throws(LedgerError) { try spare.prepare() } catch { guard error.isDiskFull else { throw error } }
        let isSealing = sealer.step(begunCount: spare.begunCount)
        guard tree.sequence < durableSequence else { return isSealing }
        try tree.advance(to: durableSequence, countMax: Self.eventCountMax)
        do throws(LedgerError) {
            var file = try TreeFile(storage, ledgerID, continuingBehind: keptCount)
            try file.append(tree.blocks[keptCount...])
            keptCount = file.count
        } catch {
            guard error.isDiskFull else { throw error }
        }
        return isSealing || tree.sequence < durableSequence
    }
}

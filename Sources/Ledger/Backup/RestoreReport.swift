public import TradeModel

/// What was restored.
public struct RestoreReport: Hashable, Sendable {
    /// The id of the ledger.
    public let ledgerID: EventID
    /// Its last event, 0 where there is none.
    public let sequence: UInt64
    /// The Merkle root over its events.
    public let root: MerkleHash

    /// A report from its parts.
    package init(ledgerID: EventID, sequence: UInt64, root: MerkleHash) {
        self.ledgerID = ledgerID
        self.sequence = sequence
        self.root = root
    }
}

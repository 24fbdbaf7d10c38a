package import TradeModel

/// A place outside of a ledger that holds copies of its events, such as the database that they were shipped to.
package protocol EventArchive {
    /// The events of a range in order; nil where the archive does not hold all of them whole.
    func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]?
    /// The Merkle roots that it has kept of the log, ascending.
    func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint]
}

/// The Merkle root that a log had over its first events.
package struct LogCheckpoint: Hashable, Sendable {
    /// How many events that were.
    package let sequence: UInt64
    package let root: MerkleHash

    package init(sequence: UInt64, root: MerkleHash) {
        self.sequence = sequence
        self.root = root
    }
}

internal import Ledger
internal import TradeModel

/// The errors for a log and a database that have diverged; the replicator stops with them and changes nothing.
extension ReplicationError {
    static func ahead(_ ledgerID: EventID, database: UInt64, log: UInt64) -> ReplicationError {
        .diverged(
            "the database holds \(database) events of ledger \(ledgerID), the log has \(log)",
            remedy: "the log's disk was lost or rolled back: append nothing, and restore the log from a backup"
        )
    }

    static func fork(
        _ ledgerID: EventID,
        at sequence: UInt64,
        database: MerkleHash,
        log: MerkleHash
    ) -> ReplicationError {
        .diverged(
            "database and log of ledger \(ledgerID) differ in the first \(sequence) events (a fork): Merkle roots "
                + "\(database) and \(log)",
            remedy: "nothing is shipped; see `tradeledger verify`: `tradeledger replicate --repair` mends the database "
                + "unless it holds another history"
        )
    }

    /// The events in the database are not those of its position.
    static func altered(_ ledgerID: EventID, _ finding: String) -> ReplicationError {
        .diverged(
            "the database was changed by another program: \(finding) (ledger \(ledgerID))",
            remedy: "nothing is shipped; see `tradeledger verify`, then run `tradeledger replicate --repair`"
        )
    }
}

internal import Ledger
internal import TradeModel

/// How a log and a database have parted, in words; the replicator ends with each of them and changes nothing.
extension ReplicationError {
    static func ahead(_ ledgerID: EventID, database: UInt64, log: UInt64) -> ReplicationError {
        .diverged(
            "the database holds \(database) events of ledger \(ledgerID), the log has \(log)",
            remedy: "the log's disk was lost or set back: append nothing, and bring the log back from a backup"
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

    /// The events of the database are not those that its position speaks of.
    static func altered(_ ledgerID: EventID, _ finding: String) -> ReplicationError {
        .diverged(
            "somebody changed the database: \(finding) (ledger \(ledgerID))",
            remedy: "nothing is shipped; see `tradeledger verify`, then run `tradeledger replicate --repair`"
        )
    }
}

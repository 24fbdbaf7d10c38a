internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// A ledger's row of `ledger.replication`: its position in the database.
///
/// It advances in the transaction that stores the events, so it is the authority on what the database holds.
struct ReplicationRow: Equatable {
    let ledgerNumber: Int64
    let lastSequence: UInt64
    let root: MerkleHash

    /// Whether a read locks the row.
    enum Access {
        case reading
        /// Others wait until this transaction ends.
        case locking
    }

    /// The row of the ledger, nil before its first batch.
    ///
    /// Throws `foreignValue` if no batch can have written it or there are several, and whatever `PositionRow.read`
    /// throws.
    static func read(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ access: Access
    ) throws(PostgresError) -> ReplicationRow? {
        try PositionRow.read(&connection, ledgerID, access)?.position.checked()
    }

    /// Prevents other sessions from creating rows until the transaction ends, so that each number is used once.
    static func lockTable(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute("LOCK TABLE ledger.replication IN SHARE ROW EXCLUSIVE MODE")
    }

    /// Makes the row of a ledger that this database does not know, with the next free number.
    ///
    /// The transaction has locked the table.
    static func create(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        emptyRoot: MerkleHash
    ) throws(PostgresError) -> ReplicationRow {
        let made = try connection.query(
            """
            INSERT INTO ledger.replication
                (ledger_id, ledger_number, last_sequence, root, replicated_at, projection_version)
            VALUES ($1, (\(LedgerNumber.next)), 0, $2, now(), $3)
            RETURNING \(StatedPosition.columnList)
            """,
            [.text(ledgerID.description), .bytes(emptyRoot.bytes), .text(String(TradeHistory.version))]
        )
        guard made.rowCount == 1 else {
            throw PostgresError(kind: .protocolViolation, message: "the row of ledger.replication was not made")
        }
        return try StatedPosition(made, ledgerID).checked()
    }

    /// Sets the row back to before the first event.
    func reset(_ connection: inout Connection, _ ledgerID: EventID, emptyRoot: MerkleHash) throws(PostgresError) {
        _ = try connection.query(
            """
            UPDATE ledger.replication
            SET last_sequence = 0, root = $2, last_recorded_at = NULL, replicated_at = clock_timestamp()
            WHERE ledger_id = $1
            """,
            [.text(ledgerID.description), .bytes(emptyRoot.bytes)]
        )
    }

    /// Advances the row past a batch, from exactly its old position.
    func advance(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        to batch: EventBatch,
        by replicator: ReplicatorIdentity
    ) throws(PostgresError) {
        let moved = try connection.query(
            """
            UPDATE ledger.replication
            SET last_sequence = $2, root = $3, last_recorded_at = $4, replicated_at = clock_timestamp(),
                projection_version = $5, replicated_by_host = $7, replicated_by_version = $8,
                replicated_from_directory = $9
            WHERE ledger_id = $1 AND last_sequence = $6
            """,
            [
                .text(ledgerID.description), .text(String(batch.lastSequence)), .bytes(batch.root.bytes),
                .text(batch.lastRecordedAt.description), .text(String(TradeHistory.version)),
                .text(String(lastSequence)), .text(replicator.host), .text(replicator.version),
                .text(replicator.directory),
            ]
        )
        guard moved.affectedRowCount == 1 else {
            throw PostgresError(kind: .protocolViolation, message: "ledger.replication was moved by another process")
        }
    }
}

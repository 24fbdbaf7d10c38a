internal import Ledger
internal import Postgres
internal import TradeModel

/// The state of a ledger in a database, as seen by a transaction that has locked the ledger's row.
///
/// The replicator refills a database that lost all events. A smaller loss needs a person.
struct ReplicaState {
    let position: ReplicaPosition
    /// When the ledger took the last event; nil before any.
    let lastRecordedAt: Timestamp?
    /// The last checkpoint, 0 without one.
    ///
    /// It is after the position only if the database lost events but kept their checkpoints.
    let checkpointedSequence: UInt64
    /// Whether the position is above 0 but there are no events: the table was truncated or created anew.
    let isEmptied: Bool

    /// Reads it, and creates the row if the database does not know the ledger.
    ///
    /// Throws `diverged` if only some of the events are there: a person has to look at that.
    static func find(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        emptyRoot: MerkleHash
    ) throws -> ReplicaState {
        let (row, isNew) = try ReplicationRow.lock(&connection, ledgerID, emptyRoot: emptyRoot)
        let position = try row.position
        let hasLast = try hasLastEvent(&connection, ledgerID, position, row.lastRecordedAt)
        let first = hasLast ? position.lastSequence : 0
        if let last = try EventTable.lastSequence(&connection, ledgerID, after: first) {
            guard !isNew else {
                throw ReplicationError.altered(ledgerID, "it holds events, and the row of ledger.replication is gone")
            }
            guard hasLast else {
                let problem = "it holds events, but not event \(position.lastSequence) of its position"
                throw ReplicationError.altered(ledgerID, problem)
            }
            throw ReplicationError.altered(ledgerID, position: position.lastSequence, eventsUpTo: last)
        }
        if isNew { try ProjectionList.delete(&connection, ledgerID) }
        return ReplicaState(
            position: position,
            lastRecordedAt: row.lastRecordedAt,
            checkpointedSequence: try CheckpointRows.lastSequence(&connection, ledgerID),
            isEmptied: !hasLast
        )
    }

    /// Checks in a batch's transaction that the row, its last event and the schema are unchanged.
    ///
    /// Reading `ledger.trade_events` blocks a TRUNCATE until the transaction ends. It is a separate statement after the
    /// lock, because a statement that waits for a row sees everything else as of its start.
    func isThere(_ connection: inout Connection, _ ledgerID: EventID) throws -> Bool {
        guard try ReplicationRow.read(&connection, ledgerID, .locking)?.position == position else { return false }
        try SchemaVersion.checkUnchanged(&connection)
        return try Self.hasLastEvent(&connection, ledgerID, position, lastRecordedAt)
    }

    /// The state after a batch was stored.
    func after(_ batch: EventBatch) -> ReplicaState {
        ReplicaState(
            position: ReplicaPosition(
                ledgerNumber: position.ledgerNumber,
                lastSequence: batch.lastSequence,
                root: batch.root
            ),
            lastRecordedAt: batch.lastRecordedAt,
            checkpointedSequence: max(checkpointedSequence, batch.lastSequence),
            isEmptied: false
        )
    }

    /// Resets an emptied database to the beginning; false if its state has changed since it was read.
    func startOver(_ connection: inout Connection, _ ledgerID: EventID, emptyRoot: MerkleHash) throws -> Bool {
        try connection.withTransaction { connection in
            guard try ReplicationRow.read(&connection, ledgerID, .locking)?.position == position,
                try EventTable.lastSequence(&connection, ledgerID, after: 0) == nil
            else { return false }
            try connection.query(
                """
                UPDATE ledger.replication
                SET last_sequence = 0, root = $2, last_recorded_at = NULL, replicated_at = clock_timestamp()
                WHERE ledger_id = $1
                """,
                of: ledgerID,
                .bytes(emptyRoot.bytes)
            )
            try ProjectionList.delete(&connection, ledgerID)
            return true
        }
    }

    /// Whether the database has the last event of a position, or the position is before the first.
    ///
    /// Asks with the whole key, so that only one chunk of a hypertable is searched.
    private static func hasLastEvent(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ position: ReplicaPosition,
        _ recordedAt: Timestamp?
    ) throws(PostgresError) -> Bool {
        guard position.lastSequence > 0 else { return true }
        guard let recordedAt else { return false }
        return try connection.isTrue(
            """
            SELECT EXISTS (
                SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence = $2 AND recorded_at = $3
            )
            """,
            [.text(ledgerID.description), .int64(Int64(position.lastSequence)), .text(recordedAt.description)]
        )
    }
}

extension ReplicationRow {
    /// Locks the row of the ledger, and makes it first where this database does not know the ledger.
    static func lock(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        emptyRoot: MerkleHash
    ) throws(PostgresError) -> (row: ReplicationRow, isNew: Bool) {
        if let row = try read(&connection, ledgerID, .locking) { return (row, false) }
        // No other session makes a row until the transaction ends, so each number is used once.
        try connection.execute("LOCK TABLE ledger.replication IN SHARE ROW EXCLUSIVE MODE")
        if let row = try read(&connection, ledgerID, .locking) { return (row, false) }
        try connection.query(
            """
            INSERT INTO ledger.replication
                (ledger_id, ledger_number, last_sequence, root, replicated_at, projection_version)
            VALUES ($1, (\(LedgerNumber.next)), 0, $2, now(), $3)
            """,
            of: ledgerID,
            .bytes(emptyRoot.bytes),
            .text(String(ProjectionList.version))
        )
        guard let row = try read(&connection, ledgerID, .locking) else {
            throw PostgresError(kind: .protocolViolation, message: "the row of ledger.replication was not made")
        }
        return (row, true)
    }
}

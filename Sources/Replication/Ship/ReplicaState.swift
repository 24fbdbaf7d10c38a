internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// The state of a ledger in a database, as seen by a transaction that has locked the ledger's row.
///
/// The replicator refills a database that lost all events. A smaller loss needs a person.
struct ReplicaState {
    let row: ReplicationRow
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
        if let position = try PositionRow.read(&connection, ledgerID, .locking) {
            return try find(&connection, ledgerID, position)
        }
        try ReplicationRow.lockTable(&connection)
        if let position = try PositionRow.read(&connection, ledgerID, .locking) {
            return try find(&connection, ledgerID, position)
        }
        guard try !hasEvents(&connection, ledgerID, after: 0) else {
            throw ReplicationError.altered(ledgerID, "it holds events, and the row of ledger.replication is gone")
        }
        try ProjectionList.delete(&connection, ledgerID)
        return ReplicaState(
            row: try ReplicationRow.create(&connection, ledgerID, emptyRoot: emptyRoot),
            lastRecordedAt: nil,
            checkpointedSequence: try checkpointedSequence(&connection, ledgerID),
            isEmptied: false
        )
    }

    private static func find(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ found: PositionRow
    ) throws -> ReplicaState {
        let row = try found.position.checked()
        var isEmptied = false
        if row.lastSequence > 0, try !hasEvent(&connection, ledgerID, row.lastSequence, found.lastRecordedAt) {
            guard try !hasEvents(&connection, ledgerID, after: 0) else {
                let problem = "it holds events, but not event \(row.lastSequence) of its position"
                throw ReplicationError.altered(ledgerID, problem)
            }
            isEmptied = true
        }
        if let last = try lastSequence(&connection, ledgerID, after: row.lastSequence) {
            let problem = "it holds events after its position, which is \(row.lastSequence): up to \(last)"
            throw ReplicationError.altered(ledgerID, problem)
        }
        return ReplicaState(
            row: row,
            lastRecordedAt: found.lastRecordedAt,
            checkpointedSequence: try checkpointedSequence(&connection, ledgerID),
            isEmptied: isEmptied
        )
    }

    /// Checks in a batch's transaction that the row, its last event and the schema are unchanged.
    ///
    /// Reading `ledger.trade_events` blocks a TRUNCATE until the transaction ends. It is a separate statement after the
    /// lock, because a statement that waits for a row sees everything else as of its start.
    func isThere(_ connection: inout Connection, _ ledgerID: EventID) throws -> Bool {
        guard try ReplicationRow.read(&connection, ledgerID, .locking) == row else { return false }
        try SchemaVersion.checkUnchanged(&connection)
        return try row.lastSequence == 0 || Self.hasEvent(&connection, ledgerID, row.lastSequence, lastRecordedAt)
    }

    /// The state after a batch was stored.
    func after(_ batch: EventBatch) -> ReplicaState {
        ReplicaState(
            row: ReplicationRow(ledgerNumber: row.ledgerNumber, lastSequence: batch.lastSequence, root: batch.root),
            lastRecordedAt: batch.lastRecordedAt,
            checkpointedSequence: max(checkpointedSequence, batch.lastSequence),
            isEmptied: false
        )
    }

    /// Resets an emptied database to the beginning; false if its state has changed since it was read.
    func startOver(_ connection: inout Connection, _ ledgerID: EventID, emptyRoot: MerkleHash) throws -> Bool {
        try connection.withTransaction { connection in
            guard try ReplicationRow.read(&connection, ledgerID, .locking) == row,
                try !Self.hasEvents(&connection, ledgerID, after: 0)
            else { return false }
            try row.reset(&connection, ledgerID, emptyRoot: emptyRoot)
            try ProjectionList.delete(&connection, ledgerID)
            return true
        }
    }

    /// Whether the database has an event after a sequence, whatever its position.
    static func hasEvents(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after sequence: UInt64
    ) throws(PostgresError) -> Bool {
        let result = try connection.query(
            "SELECT EXISTS (SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence > $2)",
            [.text(ledgerID.description), .int64(Int64(sequence))]
        )
        return result.text(row: 0, column: 0) == "t"
    }

    /// The last event that the database has after a sequence; nil if it has none.
    static func lastSequence(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after sequence: UInt64
    ) throws(PostgresError) -> Int64? {
        let result = try connection.query(
            "SELECT max(sequence) FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence > $2",
            [.text(ledgerID.description), .int64(Int64(sequence))]
        )
        return try result.int64(row: 0, column: 0)
    }

    /// Uses the whole key, so that only one chunk of a hypertable is searched.
    private static func hasEvent(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ sequence: UInt64,
        _ recordedAt: Timestamp?
    ) throws(PostgresError) -> Bool {
        guard let recordedAt else { return false }
        let result = try connection.query(
            """
            SELECT EXISTS (
                SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence = $2 AND recorded_at = $3
            )
            """,
            [.text(ledgerID.description), .int64(Int64(sequence)), .text(recordedAt.description)]
        )
        return result.text(row: 0, column: 0) == "t"
    }

    private static func checkpointedSequence(
        _ connection: inout Connection,
        _ ledgerID: EventID
    ) throws(PostgresError) -> UInt64 {
        let result = try connection.query(
            "SELECT max(sequence) FROM ledger.checkpoints WHERE ledger_id = $1 AND sequence > 0",
            [.text(ledgerID.description)]
        )
        return result.sequence(row: 0, column: 0) ?? 0
    }
}

internal import Ledger
internal import Postgres
internal import TradeModel

/// A batch that the database has committed, and how long that took.
package struct ShippedBatch: Hashable, Sendable {
    /// The last of its events.
    package let lastSequence: UInt64
    package let eventCount: Int
    /// Bytes of the events' rows, as COPY sends them.
    package let byteCount: Int
    /// How long COPY took to send the events' rows.
    package let copyNanoseconds: UInt64
    /// How long the whole transaction took, COPY and COMMIT included.
    package let transactionNanoseconds: UInt64
}

/// Stores batches through one session: events, projection rows, root and position in one transaction, or nothing.
struct BatchWriter {
    private let ledgerID: EventID
    private let name: LedgerName?
    private let replicator: ReplicatorIdentity

    /// Prepares a session for batches of the ledger with this id and name.
    init(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ name: LedgerName?,
        _ replicator: ReplicatorIdentity
    ) throws(PostgresError) {
        self.ledgerID = ledgerID
        self.name = name
        self.replicator = replicator
        for projection in ProjectionList.all { try projection.prepare(&connection) }
    }

    /// Stores the batch after what the database was found to hold.
    ///
    /// Nil if that has changed; nothing was stored then.
    func write(
        _ batch: EventBatch,
        _ connection: inout Connection,
        after replica: ReplicaState
    ) throws -> ShippedBatch? {
        let begunAt = MonotonicClock.nanoseconds()
        let copyNanoseconds: UInt64? = try connection.withTransaction { connection in
            guard try replica.isThere(&connection, ledgerID) else { return nil }
            let copyBegunAt = MonotonicClock.nanoseconds()
            _ = try connection.copyIn(EventTable.copyStatement) { copy in try copy.write(batch.events) }
            let copyNanoseconds = MonotonicClock.nanoseconds() - copyBegunAt
            try ProjectionList.store(batch, &connection)
            try advance(&connection, from: replica.position, past: batch)
            // The database still has the checkpoints of the batches that it lost up to there.
            if batch.lastSequence > replica.checkpointedSequence {
                let (last, first) = (batch.lastSequence, batch.firstSequence)
                try CheckpointRow(sequence: last, firstSequence: first, root: batch.root).insert(&connection, ledgerID)
            }
            try connection.query(
                "SELECT pg_notify('trade_events', "
                    + "json_build_object('ledger_id', $1::text, 'last_sequence', $2::bigint)::text)",
                of: ledgerID,
                .text(String(batch.lastSequence))
            )
            return copyNanoseconds
        }
        return copyNanoseconds.map { copyNanoseconds in
            ShippedBatch(
                lastSequence: batch.lastSequence,
                eventCount: batch.eventCount,
                byteCount: batch.events.bytes.count,
                copyNanoseconds: copyNanoseconds,
                transactionNanoseconds: MonotonicClock.nanoseconds() - begunAt
            )
        }
    }

    /// Advances the ledger's row past a batch, from exactly this position.
    private func advance(
        _ connection: inout Connection,
        from position: ReplicaPosition,
        past batch: EventBatch
    ) throws(PostgresError) {
        let moved = try connection.query(
            """
            UPDATE ledger.replication
            SET last_sequence = $2, root = $3, last_recorded_at = $4, replicated_at = clock_timestamp(),
                projection_version = $5, replicated_by_host = $7, replicated_by_version = $8,
                replicated_from_directory = $9, ledger_name = $10
            WHERE ledger_id = $1 AND last_sequence = $6
            """,
            [
                .text(ledgerID.description), .text(String(batch.lastSequence)), .bytes(batch.root.bytes),
                .text(batch.lastRecordedAt.description), .text(String(ProjectionList.version)),
                .text(String(position.lastSequence)), .text(replicator.host), .text(replicator.version),
                .text(replicator.directory), name.map { .text($0.description) } ?? .null,
            ]
        )
        guard moved.affectedRowCount == 1 else {
            throw PostgresError(kind: .protocolViolation, message: "ledger.replication was moved by another process")
        }
    }
}

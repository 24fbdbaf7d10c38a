internal import Ledger
internal import Postgres
internal import TradeModel

/// Stores batches through one session: events, projection rows, root and position in one transaction, or nothing.
struct BatchWriter: ~Copyable {
    private let ledgerID: EventID
    private let replicator: ReplicatorIdentity

    /// Prepares a session for batches.
    init(_ connection: inout Connection, _ ledgerID: EventID, _ replicator: ReplicatorIdentity) throws(PostgresError) {
        self.ledgerID = ledgerID
        self.replicator = replicator
        try ProjectionList.prepare(&connection)
    }

    /// Stores the batch after what the database was found to hold.
    ///
    /// False if that has changed; nothing was stored then.
    func write(_ batch: EventBatch, _ connection: inout Connection, after replica: ReplicaState) throws -> Bool {
        try connection.withTransaction { connection in
            guard try replica.isThere(&connection, ledgerID) else { return false }
            _ = try connection.copyIn(EventTable.copyStatement) { copy in try copy.write(batch.events) }
            try ProjectionList.store(batch, &connection)
            try replica.position.advance(&connection, ledgerID, to: batch, by: replicator)
            // The database still has the checkpoints of the batches that it lost up to there.
            if batch.lastSequence > replica.checkpointedSequence {
                let (last, first) = (batch.lastSequence, batch.firstSequence)
                try CheckpointRow(sequence: last, firstSequence: first, root: batch.root).insert(&connection, ledgerID)
            }
            _ = try connection.query(
                "SELECT pg_notify('trade_events', "
                    + "json_build_object('ledger_id', $1::text, 'last_sequence', $2::bigint)::text)",
                [.text(ledgerID.description), .text(String(batch.lastSequence))]
            )
            return true
        }
    }
}

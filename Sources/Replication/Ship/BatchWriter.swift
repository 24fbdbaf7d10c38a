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
            try copyEvents(batch, &connection)
            try ProjectionList.store(batch, &connection)
            try replica.row.advance(&connection, ledgerID, to: batch, by: replicator)
            // The database still has the checkpoints of the batches that it lost up to there.
            if batch.lastSequence > replica.checkpointedSequence {
                try addCheckpoint(batch, &connection)
            }
            _ = try connection.query(
                "SELECT pg_notify('trade_events', "
                    + "json_build_object('ledger_id', $1::text, 'last_sequence', $2::bigint)::text)",
                [.text(ledgerID.description), .text(String(batch.lastSequence))]
            )
            return true
        }
    }

    private func copyEvents(_ batch: EventBatch, _ connection: inout Connection) throws {
        _ = try connection.copyIn(EventTable.copyStatement) { copy in
            try copy.write(batch.events)
        }
    }

    private func addCheckpoint(_ batch: EventBatch, _ connection: inout Connection) throws(PostgresError) {
        _ = try connection.query(
            "INSERT INTO ledger.checkpoints (ledger_id, sequence, root, first_sequence) VALUES ($1, $2, $3, $4)",
            [
                .text(ledgerID.description), .text(String(batch.lastSequence)), .bytes(batch.root.bytes),
                .text(String(batch.firstSequence)),
            ]
        )
    }
}

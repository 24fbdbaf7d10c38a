internal import Ledger
internal import Postgres
internal import TradeModel

/// Copies the rows of `ledger.trade_events` into a log, checked against every root in the database.
struct RestoredRows: ~Copyable {
    private var rebuild: LogRebuild<PosixStorage>
    private let position: ReplicaPosition
    private var checkpoints: ArraySlice<CheckpointRow>
    private let endpoint: String
    /// The last sequence whose root is the one that was kept.
    private var provenSequence: UInt64 = 0

    init(
        _ rebuild: consuming LogRebuild<PosixStorage>,
        _ position: ReplicaPosition,
        _ checkpoints: [CheckpointRow],
        endpoint: String
    ) {
        self.rebuild = rebuild
        self.position = position
        self.checkpoints = checkpoints[...]
        self.endpoint = endpoint
    }

    /// The sequence of the last row.
    var sequence: UInt64 { rebuild.sequence }

    /// Takes in the next row, which must hold the next event.
    mutating func append(_ row: CopyRow) throws {
        let expected = sequence + 1
        let actual = try row.int64(1) ?? 0
        guard actual >= Int64(expected) else { throw refusal("a row of event \(actual) does not belong") }
        guard expected <= position.lastSequence else {
            throw refusal("event \(actual) lies after the position, which is \(position.lastSequence)")
        }
        guard actual == Int64(expected) else { throw refusal("event \(expected) is missing") }
        let event: Event
        do throws(PostgresError) { event = try EventTable.event(row) } catch {
            guard error.kind == .foreignValue else { throw error }
            throw refusal("the row of event \(expected) is none that a ledger can have written: \(error.message)")
        }
        try rebuild.append(event)
        while let checkpoint = checkpoints.first, checkpoint.sequence <= event.sequence {
            checkpoints = checkpoints.dropFirst()
            guard checkpoint.sequence == event.sequence else { continue }
            guard try checkpoint.hasRoot(rebuild.root) else { throw foreignRoot(of: "the checkpoint") }
            provenSequence = event.sequence
        }
    }

    /// Turns the directory into a ledger if no row is missing and their root is that of the position.
    consuming func finish(_ ledgerID: EventID) throws -> RestoreReport {
        guard sequence == position.lastSequence else { throw refusal("event \(sequence + 1) is missing") }
        if let checkpoint = checkpoints.first {
            throw refusal("there is a checkpoint at \(checkpoint.sequence), after the position")
        }
        let root = try rebuild.root
        guard root == position.root else { throw foreignRoot(of: "the position") }
        let report = RestoreReport(ledgerID: ledgerID, sequence: sequence, root: root)
        try rebuild.finish()
        return report
    }

    private func foreignRoot(of place: String) -> ReplicationError {
        refusal(
            "the rows of events \(provenSequence + 1) to \(sequence) do not have the root of \(place) at \(sequence): "
                + "the first that was changed is \(provenSequence + 1) or lies after it"
        )
    }

    private func refusal(_ reason: String) -> ReplicationError {
        .diverged(
            "\(endpoint) holds rows that do not match its own roots: \(reason)",
            remedy: "no ledger was created; restore from a backup of the log or of the database"
        )
    }
}

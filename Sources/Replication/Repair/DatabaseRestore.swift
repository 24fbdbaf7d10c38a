package import Ledger
internal import Postgres
package import TradeModel

/// Rebuilds a lost log bit for bit from a database.
///
/// The rows are read in one snapshot and in order, and memory holds a few of them. Every root in the database must
/// match the rows; only then does the directory become a ledger.
package struct DatabaseRestore {
    /// A ledger that a database holds.
    package struct Candidate: Sendable {
        package let ledgerID: EventID
        package let sequence: UInt64
        /// When its last batch was stored, as RFC 3339.
        package let replicatedAt: String
    }

    private let address: DatabaseAddress

    package init(_ address: DatabaseAddress) {
        self.address = address
    }

    /// The ledgers that the database holds.
    package func candidates() throws(ReplicationError) -> [Candidate] {
        try address.withSession("tradeledger restore") { connection in
            try ReplicationRow.ledgerIDs(&connection).compactMap { id in
                guard let row = try ReplicationRow.read(&connection, id, .reading) else { return nil }
                return Candidate(ledgerID: id, sequence: row.lastSequence ?? 0, replicatedAt: row.replicatedAt)
            }
        }
    }

    /// Fills an empty directory; `onEvent` receives each sequence, for progress.
    ///
    /// Throws `diverged`, naming the first sequence, if the rows do not match the database's own roots.
    package func run(
        _ ledgerID: EventID,
        to directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        onEvent: (UInt64) -> Void
    ) throws(ReplicationError) -> RestoreReport {
        try address.withSession("tradeledger restore") { connection in
            let endpoint = connection.endpoint
            return try connection.withTransaction(isolation: .repeatableRead) { connection in
                guard let row = try ReplicationRow.read(&connection, ledgerID, .reading) else {
                    throw ReplicationError.unknownLedger(ledgerID)
                }
                let position = try row.position
                let kept = try CheckpointRows.read(&connection, ledgerID)
                if let fault = kept.fault { throw fault }
                let rebuild = try LogRebuild(
                    into: PosixStorage(directory: directory),
                    ledgerID: ledgerID,
                    configuration: configuration,
                    clock: .system
                )
                var rows = RestoredRows(
                    rebuild: rebuild,
                    derivedIDs: DerivedEventIDs(of: ledgerID),
                    position: position,
                    checkpoints: kept.rows[...],
                    endpoint: endpoint
                )
                try connection.copyOut(EventTable.query(ledgerID)) { copy in
                    while let row = try copy.next() {
                        try rows.append(row)
                        onEvent(rows.sequence)
                    }
                }
                return try rows.finish(ledgerID)
            }
        }
    }
}

/// Copies the rows of `ledger.trade_events` into a log, checked against every root in the database.
private struct RestoredRows: ~Copyable {
    var rebuild: LogRebuild<PosixStorage>
    let derivedIDs: DerivedEventIDs
    let position: ReplicaPosition
    var checkpoints: ArraySlice<CheckpointRow>
    let endpoint: String
    /// The last sequence whose root is the one that was kept.
    var provenSequence: UInt64 = 0

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
        do throws(PostgresError) { event = try EventTable.event(row, of: derivedIDs) } catch {
            guard error.kind == .foreignValue else { throw error }
            throw refusal("the row of event \(expected) is none that a ledger can have written: \(error.message)")
        }
        try rebuild.append(event)
        while let checkpoint = checkpoints.first, checkpoint.sequence <= event.sequence {
            checkpoints = checkpoints.dropFirst()
            guard checkpoint.sequence == event.sequence else { continue }
            guard try checkpoint.root == rebuild.root else { throw foreignRoot(of: "the checkpoint") }
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

/// The events in a database, from which a damaged log can be restored.
package final class DatabaseArchive: EventArchive {
    /// Where the events come from, for messages.
    package let endpoint: String
    private var connection: Connection

    package init(_ address: DatabaseAddress) throws(ReplicationError) {
        connection = try address.open("tradeledger repair")
        endpoint = connection.endpoint
    }

    package func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]? {
        guard sequences.upperBound <= UInt64(Int64.max) else { return nil }
        let found = try ReplicationError.converting(at: endpoint) {
            try EventTable.events(&connection, ledgerID, sequences)
        }
        return found.fault == nil && found.events.count == sequences.count ? found.events : nil
    }

    package func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint] {
        let checkpoints = try ReplicationError.converting(at: endpoint) {
            try CheckpointRows.read(&connection, ledgerID)
        }
        return checkpoints.rows.compactMap { row in
            row.root.map { LogCheckpoint(sequence: row.sequence, root: $0) }
        }
    }
}

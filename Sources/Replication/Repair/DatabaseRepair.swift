package import Ledger
internal import Postgres
internal import Projections
package import Replay
internal import TradeModel

/// Repairs a database that was changed, so that it equals the log again, in one transaction.
///
/// Only this does that: a replicator reports what is wrong and changes nothing. A database that holds another history,
/// or has proved that it is ahead of the log, is not changed here either. Everything is compared once more, as `verify`
/// does it: a trigger or a rule of somebody else's can undo what was mended, and a repair does not mend all that can be
/// wrong.
package struct DatabaseRepair {
    /// Rows of one kind that were mended.
    package struct Mended: Sendable {
        /// The rows: `events`, `checkpoints`, `trades`, `performance` or `position`.
        package let rows: String
        /// The rows concerned, and what was wrong with them.
        package let difference: AuditDifference
    }

    /// The result of a repair.
    package struct Outcome: Sendable {
        /// What was mended.
        package fileprivate(set) var mended: [Mended] = []
        /// The file with the rows of events that were replaced or deleted; nil where there were none.
        package fileprivate(set) var removedRowsPath: String?
        /// The checks that find something wrong after the repair.
        package fileprivate(set) var left: [AuditCheck] = []
    }

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    /// A repair of the database from the ledger.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Compares, mends and compares again; `onEvent` receives each compared sequence, for progress.
    ///
    /// Throws `schema` if a right is missing, `diverged` if log and database have diverged.
    package func run(onEvent: (UInt64) -> Void) throws(ReplicationError) -> Outcome {
        var outcome = try mend(onEvent)
        outcome.left = try DatabaseAudit(log, address).run(onEvent: onEvent).filter { $0.problem != nil }
        return outcome
    }

    private func mend(_ onEvent: (UInt64) -> Void) throws(ReplicationError) -> Outcome {
        var connection = try address.connect("tradeledger repair")
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            try OwnerRights.check(&connection)
            let isPositionThere = try PositionRow.read(&connection, log.ledgerID, .reading) != nil
            if !isPositionThere {
                let emptyRoot = try LogTree(recomputing: log.storage).root(at: 0)
                try connection.withTransaction { connection in
                    try ReplicationRow.lockTable(&connection)
                    guard try PositionRow.read(&connection, log.ledgerID, .locking) == nil else { return }
                    _ = try ReplicationRow.create(&connection, log.ledgerID, emptyRoot: emptyRoot)
                }
            }
            return try connection.withTransaction { connection in
                let comparison = try DatabaseComparison.make(&connection, log, .locking, onEvent: onEvent)
                try checkMendable(comparison, endpoint)
                var outcome = Outcome()
                outcome.removedRowsPath = try RemovedRows.keep(&connection, log, comparison.events.foreign)
                outcome.mended = try mend(&connection, comparison)
                // If the database does not know the ledger, there was nothing to mend.
                if !isPositionThere, comparison.extent.limit > 0 || !outcome.mended.isEmpty {
                    let position = AuditDifference(.missing, SequenceRanges(single: comparison.extent.limit))
                    outcome.mended.removeAll { $0.rows == "position" }
                    outcome.mended.append(Mended(rows: "position", difference: position))
                }
                return outcome
            }
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    private func checkMendable(_ comparison: borrowing DatabaseComparison, _ endpoint: String) throws(ReplicationError)
    {
        switch comparison.relation {
        case .mendable: return
        case .ahead:
            throw .diverged(
                "\(endpoint) is ahead of the log: it holds events up to \(comparison.events.ahead.last ?? 0) of ledger "
                    + "\(log.ledgerID), the log \(comparison.durableSequence)",
                remedy: "nothing was changed"
            )
        case .fork(let common, let foreign):
            throw .diverged(
                "\(endpoint) and the log of ledger \(log.ledgerID) have the same root at \(common) and other roots "
                    + "from \(foreign) on (a fork)",
                remedy: "nothing was changed; find out which of two copies of the ledger is the right one"
            )
        }
    }

    private func mend(_ connection: inout Connection, _ comparison: borrowing DatabaseComparison) throws -> [Mended] {
        let limit = comparison.extent.limit
        var mended: [Mended] = []
        // Deleted first, because they may have the ids of the trades that are written below.
        if let unknown = comparison.unknownLedgers.difference {
            try UnknownLedgerRows.delete(&connection, besides: log.ledgerID)
            mended.append(Mended(rows: "unknown ledgers", difference: unknown))
        }
        if !comparison.events.differences.isEmpty {
            try EventMending(log, upTo: limit).run(&connection, comparison.events.affected)
            mended += comparison.events.differences.map { Mended(rows: "events", difference: $0) }
        }
        if !comparison.checkpoints.differences.isEmpty {
            try mendCheckpoints(&connection, comparison)
            mended += comparison.checkpoints.differences.map { Mended(rows: "checkpoints", difference: $0) }
        }
        mended += try mendProjections(&connection, comparison)
        return mended + (try mendPosition(&connection, comparison))
    }

    /// Replaces the rows of the projections that differ, and of those that follow from them.
    private func mendProjections(
        _ connection: inout Connection,
        _ comparison: borrowing DatabaseComparison
    ) throws -> [Mended] {
        let affected = comparison.projections.drop { $0.comparison.differences.isEmpty }
        if affected.contains(where: { $0.projection.isFoldedFromEvents }) {
            let fold = TradeFoldCopy(log, ledgerNumber: comparison.ledgerNumber, upTo: comparison.extent.limit)
            _ = try fold.run(&connection) { _ in }
        }
        var mended: [Mended] = []
        for (projection, comparison) in affected {
            _ = try projection.replaceRows(&connection, log.ledgerID)
            mended += comparison.differences.map { Mended(rows: projection.rowsName, difference: $0) }
        }
        return mended
    }

    private func mendCheckpoints(_ connection: inout Connection, _ comparison: borrowing DatabaseComparison) throws {
        let mending = comparison.checkpoints.mending
        _ = try connection.query(
            "DELETE FROM ledger.checkpoints WHERE ledger_id = $1 AND (sequence IS NULL OR sequence < 1)",
            [.text(log.ledgerID.description)]
        )
        for sequence in mending.deleted {
            _ = try connection.query(
                "DELETE FROM ledger.checkpoints WHERE ledger_id = $1 AND sequence = $2",
                [.text(log.ledgerID.description), .int64(Int64(sequence))]
            )
        }
        for (sequence, firstSequence) in mending.written {
            _ = try connection.query(
                "INSERT INTO ledger.checkpoints (ledger_id, sequence, root, first_sequence) VALUES ($1, $2, $3, $4)",
                [
                    .text(log.ledgerID.description), .int64(Int64(sequence)),
                    .bytes(try comparison.root(at: sequence).bytes), .int64(Int64(firstSequence)),
                ]
            )
        }
    }

    private func mendPosition(
        _ connection: inout Connection,
        _ comparison: borrowing DatabaseComparison
    ) throws -> [Mended] {
        let limit = comparison.extent.limit
        var differences: [AuditDifference] = []
        if let count = comparison.position?.position.rowCount, count > 1 {
            try DoubledRows.delete(&connection, from: "ledger.replication", log.ledgerID, by: "kept.ledger_id")
            differences.append(AuditDifference(.doubled, SequenceRanges(single: limit)))
        }
        let columns = comparison.positionColumns
        if !columns.isEmpty {
            differences.append(AuditDifference(.altered, columns: columns, SequenceRanges(single: limit)))
        }
        guard !differences.isEmpty else { return [] }
        _ = try connection.query(
            """
            UPDATE ledger.replication
            SET ledger_number = $6, last_sequence = $2, root = $3, last_recorded_at = $4, projection_version = $5
            WHERE ledger_id = $1
            """,
            [
                .text(log.ledgerID.description), .int64(Int64(limit)), .bytes(comparison.expectedRoot.bytes),
                comparison.lastRecordedAt.map { .text($0.description) } ?? .null,
                .int64(Int64(TradeHistory.version)), .int64(comparison.ledgerNumber),
            ]
        )
        return differences.map { Mended(rows: "position", difference: $0) }
    }
}

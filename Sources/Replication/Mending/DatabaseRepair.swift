package import Ledger
internal import Postgres
internal import Projections
package import Replay
internal import TradeModel

/// Makes what a database holds of a ledger equal to the log again, where somebody changed it, in one transaction.
///
/// Nothing else does that: whatever a replicator finds wrong it tells and leaves alone. A database that tells another
/// history, or is ahead of the log, is left alone here too.
package struct DatabaseRepair {
    /// Rows of one kind that were mended.
    package struct Mended: Sendable {
        /// The rows: `events`, `checkpoints`, `trades`, `performance` or `position`.
        package let rows: String
        /// Which they are, and what was wrong with them.
        package let difference: AuditDifference
    }

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    /// A repair of the database from the ledger.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Compares and mends; `onEvent` is told each sequence that was compared, for progress.
    ///
    /// Throws `schema` where a right is missing, `diverged` where log and database have parted.
    package func run(onEvent: (UInt64) -> Void) throws(ReplicationError) -> [Mended] {
        var connection = try address.connect("tradeledger repair")
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            try OwnerRights.check(&connection)
            let isPositionThere = try ReplicationRow.read(&connection, log.ledgerID, .reading) != nil
            if !isPositionThere {
                let emptyRoot = try LogTree(recomputing: log.storage).root(at: 0)
                try connection.withTransaction { connection in
                    try ReplicationRow.lockTable(&connection)
                    guard try ReplicationRow.read(&connection, log.ledgerID, .reading) == nil else { return }
                    _ = try ReplicationRow.create(&connection, log.ledgerID, emptyRoot: emptyRoot)
                }
            }
            return try connection.withTransaction { connection in
                let comparison = try DatabaseComparison.make(&connection, log, .locking, onEvent: onEvent)
                try checkMendable(comparison, endpoint)
                let mended = try mend(&connection, comparison)
                // Of a ledger that the database has never heard of nothing was wrong.
                guard !isPositionThere, comparison.extent.limit > 0 || !mended.isEmpty else { return mended }
                let position = AuditDifference(.missing, SequenceRanges(single: comparison.extent.limit))
                return mended.filter { $0.rows != "position" } + [Mended(rows: "position", difference: position)]
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
        if !comparison.events.affected.isEmpty {
            try EventMending(log, upTo: limit).run(&connection, comparison.events.affected)
            mended += comparison.events.differences.map { Mended(rows: "events", difference: $0) }
        }
        if !comparison.checkpoints.differences.isEmpty {
            try mendCheckpoints(&connection, comparison)
            mended += comparison.checkpoints.differences.map { Mended(rows: "checkpoints", difference: $0) }
        }
        if let trades = comparison.trades, let row = comparison.position?.position, !trades.differences.isEmpty {
            let fold = TradeFoldCopy(log, ledgerNumber: row.ledgerNumber, upTo: limit)
            _ = try fold.replaceRows(&connection) { _ in }
            mended += trades.differences.map { Mended(rows: "trades", difference: $0) }
        }
        if let performance = comparison.performance, !performance.differences.isEmpty {
            try PerformanceTable.replaceRows(&connection, log.ledgerID)
            mended += performance.differences.map { Mended(rows: "performance", difference: $0) }
        }
        let columns = comparison.positionColumns
        if !columns.isEmpty {
            try mendPosition(&connection, comparison)
            let difference = AuditDifference(.altered, columns: columns, SequenceRanges(single: limit))
            mended.append(Mended(rows: "position", difference: difference))
        }
        return mended
    }

    private func mendCheckpoints(_ connection: inout Connection, _ comparison: borrowing DatabaseComparison) throws {
        let mending = comparison.checkpoints.mending
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

    private func mendPosition(_ connection: inout Connection, _ comparison: borrowing DatabaseComparison) throws {
        _ = try connection.query(
            """
            UPDATE ledger.replication
            SET last_sequence = $2, root = $3, last_recorded_at = $4, projection_version = $5 WHERE ledger_id = $1
            """,
            [
                .text(log.ledgerID.description), .int64(Int64(comparison.extent.limit)),
                .bytes(comparison.expectedRoot.bytes),
                comparison.lastRecordedAt.map { .text($0.description) } ?? .null,
                .int64(Int64(TradeHistory.version)),
            ]
        )
    }
}

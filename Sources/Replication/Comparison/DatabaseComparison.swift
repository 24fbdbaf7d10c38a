internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
internal import TradeModel

/// A log and what a database holds of it, compared row by row in one pass over both.
struct DatabaseComparison: ~Copyable {
    /// How the two stand to each other.
    enum Relation: Equatable {
        /// What differs, if anything, is not what the log says: the log can mend it.
        case mendable
        /// The database holds events behind the end of the log.
        case ahead
        /// The database holds events of another history under the same ledger id, and roots that speak of them.
        case fork(lastCommonSequence: UInt64, firstForeignSequence: UInt64)
    }

    /// The ledger's row of `ledger.replication`; nil where it is missing.
    let position: PositionRow?
    let durableSequence: UInt64
    let extent: ComparedExtent
    /// The root that the position should have.
    let expectedRoot: MerkleHash
    /// Whether the root of the position is that of the log; nil where the log does not reach that far.
    let isPositionRootRight: Bool?
    let events: EventComparison
    let checkpoints: CheckpointComparison
    /// Nil where the trades cannot be compared, because the log is behind.
    let trades: TradeComparison?
    /// Nil where the totals cannot be compared, because the trades that they are of are not right.
    let performance: PerformanceComparison?
    /// The log, read as far as it was compared.
    let state: LogState

    /// Whether the database knows anything of the ledger.
    var isKnown: Bool {
        position != nil || checkpoints.count > 0 || !events.added.isEmpty || trades?.differences.isEmpty == false
    }

    /// How the two stand to each other.
    var relation: Relation {
        let vouched = max(
            checkpoints.vouchedSequence,
            isPositionRootRight == true ? position?.position.lastSequence ?? 0 : 0
        )
        let foreignPosition = isPositionRootRight == false ? position?.position.lastSequence : nil
        let foreignRoots = [checkpoints.firstForeignSequence, foreignPosition].compactMap { $0 }.filter { $0 > vouched }
        if let first = foreignRoots.min(), events.hasForeignRows(behind: vouched) {
            return .fork(lastCommonSequence: vouched, firstForeignSequence: first)
        }
        return events.ahead.isEmpty ? .mendable : .ahead
    }

    /// The columns of the position that are not as they should be.
    var positionColumns: [String] {
        guard let position, relation == .mendable else { return [] }
        var columns: [String] = []
        let isMoved = position.position.lastSequence != extent.limit
        if isMoved { columns.append("last_sequence") }
        if isMoved ? position.position.root != expectedRoot : isPositionRootRight == false {
            columns.append("root")
        }
        if position.lastRecordedAt != state.lastRecordedAt { columns.append("last_recorded_at") }
        if position.projectionVersion != Int64(TradeHistory.version) { columns.append("projection_version") }
        return columns
    }

    /// Compares within the transaction that is under way; `onEvent` is told each sequence, for progress.
    static func make(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ access: ReplicationRow.Access,
        onEvent: (UInt64) -> Void
    ) throws -> DatabaseComparison {
        let position = try PositionRow.read(&connection, log.ledgerID, access)
        let kept = try Checkpoint.read(&connection, log.ledgerID)
        let durable = try log.durableSequence()
        let extent = try extent(&connection, log, position?.position.lastSequence, kept, durable)
        let number = try position?.position.ledgerNumber ?? ledgerNumber(&connection, log.ledgerID)
        var state = LogState(log.storage, TradeRowSource(ledgerID: log.ledgerID, ledgerNumber: number))
        var checkpoints = CheckpointComparison(kept)
        var isPositionRootRight = try position.flatMap { position in
            position.position.lastSequence == 0 ? try position.position.root == state.root : nil
        }
        let events = try connection.copyOut(EventComparison.query(log.ledgerID)) { rows in
            var events = try EventComparison(log.ledgerID, aheadRange: extent.aheadRange, &rows)
            while let event = try state.next(upTo: extent.limit) {
                try events.compare(event, &rows)
                try checkpoints.compare(at: event.sequence) { try state.root }
                if let position, position.position.lastSequence == event.sequence {
                    isPositionRootRight = try state.root == position.position.root
                }
                onEvent(event.sequence)
            }
            try events.finish(&rows)
            return events
        }
        checkpoints.finish(position: extent.limit)
        let trades = try extent.aheadRange == nil ? TradeComparison(&connection, log.ledgerID, &state) : nil
        let areTradesRight = trades?.differences.isEmpty == true
        return DatabaseComparison(
            position: position,
            durableSequence: durable,
            extent: extent,
            expectedRoot: try state.root,
            isPositionRootRight: isPositionRootRight,
            events: events,
            checkpoints: checkpoints,
            trades: trades,
            performance: areTradesRight ? try PerformanceComparison(&connection, log.ledgerID) : nil,
            state: state
        )
    }

    private static func extent(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ position: UInt64?,
        _ checkpoints: [Checkpoint],
        _ durable: UInt64
    ) throws -> ComparedExtent {
        var tree: LogTree<PosixStorage>?
        return try ComparedExtent(
            position: position,
            checkpoints: checkpoints,
            durable: durable,
            hasRowsBehindDurable: {
                let rows = try connection.query(
                    "SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence > $2 LIMIT 1",
                    [.text(log.ledgerID.description), .int64(Int64(durable))]
                )
                return rows.rowCount > 0
            },
            isVouched: { checkpoint in
                if tree == nil {
                    tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
                    try tree?.advance(to: durable)
                }
                return try (tree?.root(at: checkpoint.sequence)).map(checkpoint.hasRoot) ?? false
            }
        )
    }

    /// The number that the ids of the ledger's trades were made with, where the row that says so is missing.
    private static func ledgerNumber(_ connection: inout Connection, _ ledgerID: EventID) throws -> Int64 {
        let result = try connection.query(
            "SELECT min(id) FROM \(TradeTable.name) WHERE ledger_id = $1",
            [.text(ledgerID.description)]
        )
        return try result.int64(row: 0, column: 0).map(TradeTable.ledgerNumber(ofID:)) ?? 0
    }
}

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
    private let state: ReadAhead<LogState>

    /// When the ledger took the last event that was compared; nil before any.
    var lastRecordedAt: Timestamp? { state.withSource { $0.lastRecordedAt } }

    /// The log's root behind an event that was compared.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash {
        try state.withSource { (state) throws(LedgerError) in try state.root(at: sequence) }
    }

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
        if position.lastRecordedAt != lastRecordedAt { columns.append("last_recorded_at") }
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
        let form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: number)
        let last = position?.position.lastSequence
        let rootSequences = Set(kept.map(\.sequence) + [last].compactMap { $0 }).sorted()
        let state = ReadAhead(LogState(log.storage, form, rootSequences: rootSequences))
        var checkpoints = CheckpointComparison(kept)
        var isPositionRootRight = try position.flatMap { position in
            last == 0 ? try position.position.root == state.withSource { try $0.root } : nil
        }
        let events = try connection.copyOut(EventComparison.query(log.ledgerID)) { rows in
            var events = try EventComparison(log.ledgerID, aheadRange: extent.aheadRange, &rows)
            try visit(state, upTo: extent.limit) { step in
                try events.compare(step.event, &rows)
                if let root = step.root {
                    checkpoints.compare(at: step.event.sequence, root)
                    if last == step.event.sequence { isPositionRootRight = root == position?.position.root }
                }
                onEvent(step.event.sequence)
            }
            try events.finish(&rows)
            return events
        }
        checkpoints.finish(position: extent.limit)
        let trades = try extent.aheadRange == nil ? TradeComparison(&connection, log.ledgerID, state) : nil
        let areTradesRight = trades?.differences.isEmpty == true
        return DatabaseComparison(
            position: position,
            durableSequence: durable,
            extent: extent,
            expectedRoot: try state.withSource { try $0.root },
            isPositionRootRight: isPositionRootRight,
            events: events,
            checkpoints: checkpoints,
            trades: trades,
            performance: areTradesRight ? try PerformanceComparison(&connection, log.ledgerID) : nil,
            state: state
        )
    }

    /// Visits the events up to a durable one; the next ones are read and folded meanwhile.
    private static func visit(
        _ state: ReadAhead<LogState>,
        upTo last: UInt64,
        _ visit: (LogState.Step) throws -> Void
    ) throws {
        state.begin(last)
        defer { if state.isUnderWay { state.forget() } }
        while case let steps = try state.take(), !steps.isEmpty {
            state.begin(last)
            for step in steps { try visit(step) }
        }
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

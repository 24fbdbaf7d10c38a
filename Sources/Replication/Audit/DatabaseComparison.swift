internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
internal import TradeModel

/// A log and what a database holds of it, compared row by row in one pass over both.
struct DatabaseComparison: ~Copyable {
    /// How log and database are related.
    enum Relation: Equatable {
        /// Any differences can be repaired from the log.
        case mendable
        /// The database has proved that it holds events after the end of the log.
        case ahead
        /// The database has proved that it holds events of another history under the same ledger id.
        case fork(lastCommonSequence: UInt64, firstForeignSequence: UInt64)
    }

    /// How log and database are related.
    let relation: Relation
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
    /// Why the database failed to prove its claim to be ahead of the log; nil if it makes no claim.
    let refutation: String?
    /// The rows of each projection, or why they cannot be compared.
    let projections: [(projection: any Projection.Type, comparison: ProjectionComparison)]
    /// Rows of ledgers that the database does not know.
    let unknownLedgers: UnknownLedgerRows
    /// The number that the ids of the ledger's trades are made with.
    let ledgerNumber: Int64
    /// The log, read as far as it was compared.
    private let state: Prefetcher<LogState>

    /// When the ledger took the last event that was compared; nil before any.
    var lastRecordedAt: Timestamp? { state.withSource { $0.lastRecordedAt } }

    /// The log's root after an event that was compared.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash {
        try state.withSource { (state) throws(LedgerError) in try state.root(at: sequence) }
    }

    /// Whether the database has any data of the ledger.
    var isKnown: Bool {
        position != nil || checkpoints.count > 0 || !events.differences.isEmpty
            || projections.contains { !$0.comparison.differences.isEmpty }
    }

    private static func relation(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ claims: [CheckpointRow],
        _ events: EventComparison,
        _ checkpoints: CheckpointComparison,
        rightPosition: UInt64?,
        foreignPosition: UInt64?
    ) throws -> Relation {
        let vouched = max(checkpoints.vouchedSequence, rightPosition ?? 0)
        let foreignRoots = [checkpoints.firstForeignSequence, foreignPosition].compactMap { $0 }.filter { $0 > vouched }
        if let first = foreignRoots.min(), events.hasForeignRows(after: vouched),
            try HistoryProof(&connection, log, after: vouched, claims).provenSequence != nil
        {
            return .fork(lastCommonSequence: vouched, firstForeignSequence: first)
        }
        return events.ahead.isEmpty ? .mendable : .ahead
    }

    /// The columns of the position that are not as they should be.
    var positionColumns: [String] {
        guard let position, relation == .mendable else { return [] }
        var columns = position.position.ledgerNumber == nil ? ["ledger_number"] : []
        let isMoved = position.position.lastSequence != extent.limit
        if isMoved { columns.append("last_sequence") }
        if isMoved ? position.position.root != expectedRoot : isPositionRootRight == false {
            columns.append("root")
        }
        if position.lastRecordedAt != lastRecordedAt { columns.append("last_recorded_at") }
        if position.projectionVersion != Int64(TradeHistory.version) { columns.append("projection_version") }
        return columns
    }

    /// Compares within the transaction that is under way; `onEvent` receives each sequence, for progress.
    static func make(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ access: ReplicationRow.Access,
        onEvent: (UInt64) -> Void
    ) throws -> DatabaseComparison {
        let position = try PositionRow.read(&connection, log.ledgerID, access)
        let kept = try KeptCheckpoints.read(&connection, log.ledgerID)
        let durable = try log.durableSequence()
        let claims = kept.rows + claim(of: position)
        let proof = try HistoryProof(&connection, log, after: durable, claims)
        let extent = try extent(log, position?.position.lastSequence, kept.rows, durable, proof.provenSequence)
        let number =
            try position?.position.ledgerNumber ?? LedgerNumber.recover(&connection, log.ledgerID)
        let form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: number)
        let last = position?.position.lastSequence
        let rootSequences = Set(kept.rows.map(\.sequence) + [last].compactMap { $0 }).sorted()
        let state = Prefetcher(LogState(log.storage, form, rootSequences: rootSequences))
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
        let projections = try projections(&connection, log.ledgerID, state, isLogWhole: extent.aheadRange == nil)
        let relation = try relation(
            &connection,
            log,
            claims,
            events,
            checkpoints,
            rightPosition: isPositionRootRight == true ? last : nil,
            foreignPosition: isPositionRootRight == false ? last : nil
        )
        return DatabaseComparison(
            relation: relation,
            position: position,
            durableSequence: durable,
            extent: extent,
            expectedRoot: try state.withSource { try $0.root },
            isPositionRootRight: isPositionRootRight,
            events: events,
            checkpoints: checkpoints,
            refutation: proof.refutation,
            projections: projections,
            unknownLedgers: try UnknownLedgerRows(&connection, besides: log.ledgerID),
            ledgerNumber: number,
            state: state
        )
    }

    /// Compares the rows of every projection whose sources are right.
    private static func projections(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>,
        isLogWhole: Bool
    ) throws -> [(projection: any Projection.Type, comparison: ProjectionComparison)] {
        var obstacle = isLogWhole ? nil : "the log lacks the events that they follow from"
        return try ProjectionList.all.map { projection in
            if let obstacle { return (projection, .notCompared(because: obstacle)) }
            let rows = try projection.compare(&connection, ledgerID, state)
            if !rows.differences.isEmpty { obstacle = "\(projection.table) differs, from which they follow" }
            return (projection, .compared(rows))
        }
    }

    /// Visits the events up to a durable one; the next ones are read and folded meanwhile.
    private static func visit(
        _ state: Prefetcher<LogState>,
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

    /// The claim of the position, in the form of a checkpoint.
    private static func claim(of row: PositionRow?) -> [CheckpointRow] {
        guard let position = row?.position, let sequence = position.lastSequence, let root = position.root else {
            return []
        }
        return [CheckpointRow(sequence: sequence, firstSequence: 0, root: root)]
    }

    private static func extent(
        _ log: LogReader<PosixStorage>,
        _ position: UInt64?,
        _ checkpoints: [CheckpointRow],
        _ durable: UInt64,
        _ proven: UInt64?
    ) throws -> ComparedExtent {
        var tree: LogTree<PosixStorage>?
        return try ComparedExtent(
            position: position,
            checkpoints: checkpoints,
            durable: durable,
            proven: proven,
            isVouched: { checkpoint in
                if tree == nil {
                    tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
                    try tree?.advance(to: durable)
                }
                return try (tree?.root(at: checkpoint.sequence)).map(checkpoint.hasRoot) ?? false
            }
        )
    }
}

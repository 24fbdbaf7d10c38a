internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// A log and what a database holds of it, compared row by row in one pass over both.
struct DatabaseComparison: ~Copyable {
    /// How log and database are related, by what the database has proved.
    let divergence: Divergence
    /// The ledger's row of `ledger.replication`; nil where it is missing.
    let position: ReplicationRow?
    let durableSequence: UInt64
    /// The sequence up to which log and database are compared; the position should be there.
    let limit: UInt64
    /// The root that the position should have.
    let expectedRoot: MerkleHash
    /// Whether the root of the position is that of the log; nil where the log does not reach that far.
    let isPositionRootRight: Bool?
    let events: EventComparison
    let checkpoints: CheckpointComparison
    /// Why the database failed to prove its claim to be ahead of the log; nil if it makes no claim.
    let refutation: String?
    /// The rows of each projection.
    let projections: [(projection: any Projection.Type, rows: RowComparison)]
    /// Rows of ledgers that the database does not know; nil where there are none.
    let unknownLedgers: AuditDifference?
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

    /// The columns of the position that are not as they should be.
    var positionColumns: [String] {
        guard let position, divergence.isMendable else { return [] }
        var columns = position.ledgerNumber == nil ? ["ledger_number"] : []
        let isMoved = position.lastSequence != limit
        if isMoved { columns.append("last_sequence") }
        if isMoved ? position.root != expectedRoot : isPositionRootRight == false {
            columns.append("root")
        }
        if position.lastRecordedAt != lastRecordedAt { columns.append("last_recorded_at") }
        if position.projectionVersion != Int64(ProjectionList.version) { columns.append("projection_version") }
        return columns
    }

    /// Compares within the transaction that is under way; `onEvent` receives each sequence, for progress.
    static func make(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ access: ReplicationRow.Access,
        onEvent: (UInt64) -> Void
    ) throws -> DatabaseComparison {
        let position = try ReplicationRow.read(&connection, log.ledgerID, access)
        let kept = try CheckpointRows.read(&connection, log.ledgerID)
        let durable = try log.durableSequence()
        let claims = kept.rows + [position?.claim].compactMap { $0 }
        let proof = try HistoryProof(&connection, log, after: durable, claims)
        let aheadRange = proof.provenSequence.map { durable + 1...$0 }
        let last = position?.lastSequence
        let limit = try aheadRange == nil ? comparedLimit(log, last, kept.rows, durable) : durable
        let number = try position?.ledgerNumber ?? LedgerNumber.recover(&connection, log.ledgerID)
        let form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: number)
        let rootSequences = Set(kept.rows.map(\.sequence) + [last].compactMap { $0 }).sorted()
        let state = Prefetcher(LogState(log.storage, form, rootSequences: rootSequences))
        var checkpoints = CheckpointComparison(kept)
        var isPositionRootRight: Bool? = try last == 0 ? position?.root == state.withSource { try $0.root } : nil
        let events = try connection.copyOut(EventTable.query(log.ledgerID)) { rows in
            var events = try EventComparison(log.ledgerID, aheadRange: aheadRange, &rows)
            try state.visit(limit) { steps in
                for step in steps {
                    try events.compare(step.event, &rows)
                    if let root = step.root {
                        checkpoints.compare(at: step.event.sequence, root)
                        if last == step.event.sequence { isPositionRootRight = root == position?.root }
                    }
                    onEvent(step.event.sequence)
                }
            }
            try events.finish(&rows)
            return events
        }
        checkpoints.finish(position: limit)
        let projections = try projections(&connection, log.ledgerID, state, isLogWhole: aheadRange == nil)
        let isKnown =
            position != nil || checkpoints.count > 0 || !events.differences.isEmpty
            || projections.contains { !$0.rows.differences.isEmpty }
        let divergence = try Divergence(
            position: isKnown ? limit : nil,
            lastClaim: proof.provenSequence,
            durable: durable
        ) {
            let common = max(checkpoints.vouchedSequence, isPositionRootRight == true ? last ?? 0 : 0)
            let foreignPosition = isPositionRootRight == false ? last : nil
            let foreign = [checkpoints.firstForeignSequence, foreignPosition].compactMap { $0 }.filter { $0 > common }
            guard let first = foreign.min(), events.hasForeignRows(after: common),
                try HistoryProof(&connection, log, after: common, claims).provenSequence != nil
            else { return nil }
            return Divergence.Fork(lastCommonSequence: common, firstForeignSequence: first)
        }
        return DatabaseComparison(
            divergence: divergence,
            position: position,
            durableSequence: durable,
            limit: limit,
            expectedRoot: try state.withSource { try $0.root },
            isPositionRootRight: isPositionRootRight,
            events: events,
            checkpoints: checkpoints,
            refutation: proof.refutation,
            projections: projections,
            unknownLedgers: try ProjectionList.rowsOfUnknownLedgers(&connection, besides: log.ledgerID),
            ledgerNumber: number,
            state: state
        )
    }

    /// Compares the rows of every projection with the log, unless it lacks events.
    private static func projections(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>,
        isLogWhole: Bool
    ) throws -> [(projection: any Projection.Type, rows: RowComparison)] {
        try ProjectionList.all.map { projection in
            guard isLogWhole else {
                return (projection, RowComparison(obstacle: "the log lacks the events that they follow from"))
            }
            return (projection, try projection.compare(&connection, ledgerID, state))
        }
    }

    /// How far a database that is not ahead is compared.
    ///
    /// Normally the position says how far a database is replicated. If it was tampered with, a later checkpoint that
    /// has the log's root proves more.
    private static func comparedLimit(
        _ log: LogReader<PosixStorage>,
        _ position: UInt64?,
        _ checkpoints: [CheckpointRow],
        _ durable: UInt64
    ) throws -> UInt64 {
        let believed = position.map { $0 <= durable ? $0 : 0 } ?? 0
        let later = checkpoints.filter { $0.sequence > believed && $0.sequence <= durable }
        guard !later.isEmpty else { return believed }
        var tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        return try later.last { try $0.root == tree.root(at: $0.sequence) }?.sequence ?? believed
    }
}

internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// What a log folds to as it is read: trades, tree, and whether the roots that a database kept are its own.
struct LogState: ~Copyable {
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    private var checkpoints: ArraySlice<(sequence: UInt64, root: MerkleHash)>
    /// The row of every trade behind the last event that was read, by the trade's id.
    private(set) var rows: [[UInt8]: RowDigest] = [:]
    private let table: TradeRowSource
    /// The first kept root that is not the log's.
    private(set) var rootProblem: String?
    let checkpointCount: Int

    init(
        _ storage: PosixStorage,
        _ table: TradeRowSource,
        checkpoints: [(sequence: UInt64, root: MerkleHash)]
    ) {
        self.table = table
        follower = TradeFollower(storage)
        tree = LogTree(recomputing: storage)
        self.checkpoints = checkpoints[...]
        checkpointCount = checkpoints.count
    }

    /// The root behind the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }

    /// The row of one trade as it should be, for naming what differs; nil where there is no such trade.
    mutating func row(ofTrade id: [UInt8]) throws -> CopyRow? {
        guard let trade = try follower.trade(id) else { return nil }
        return try table.row(of: trade)
    }

    mutating func next(upTo last: UInt64) throws -> Event? {
        guard let (event, trade) = try follower.next(upTo: last) else {
            if let extra = checkpoints.first { note("there is a checkpoint at \(extra.sequence), behind the position") }
            return nil
        }
        if let trade { rows[Array(event.body.tradeIDBytes)] = RowDigest(try table.row(of: trade)) }
        tree.append(event)
        if let checkpoint = checkpoints.first, checkpoint.sequence == event.sequence {
            checkpoints = checkpoints.dropFirst()
            if try root != checkpoint.root { note("the root at \(checkpoint.sequence) is not that of the log") }
        }
        return event
    }

    private mutating func note(_ problem: String) {
        rootProblem = rootProblem ?? problem
    }
}

/// Makes the rows of `ledger.trades` as a database with this ledger should hold them.
struct TradeRowSource {
    let ledgerID: EventID
    let ledgerNumber: Int64

    func row(of trade: TradeHistory) throws(PostgresError) -> CopyRow {
        try CopyRow(columnCount: TradeTable.columns.count) { (row) throws(PostgresError) in
            try TradeTable.write(trade, ledgerID, ledgerNumber: ledgerNumber, &row)
        }
    }
}

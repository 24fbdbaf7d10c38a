internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// What a log folds to as it is read: the row of every trade, the root, and the time of the last event.
struct LogState: ~Copyable {
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    private let table: TradeRowSource
    /// The rows of the trades that are not open, by the trade's id: few events change them once they are closed.
    private var settled: [[UInt8]: RowDigest] = [:]
    /// When the ledger took the last event that was read; nil before any.
    private(set) var lastRecordedAt: Timestamp?

    init(_ storage: PosixStorage, _ table: TradeRowSource) {
        self.table = table
        follower = TradeFollower(recomputing: storage)
        tree = LogTree(recomputing: storage)
    }

    /// The sequence of the last event that was read.
    var sequence: UInt64 { tree.sequence }

    /// The root behind the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }

    /// The root behind an event that was read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// The next event, nil behind `last`.
    mutating func next(upTo last: UInt64) throws -> Event? {
        guard let (event, trade) = try follower.next(upTo: last) else { return nil }
        if let trade, trade.trade.status != .open {
            settled[Array(event.body.tradeIDBytes)] = RowDigest(try table.row(of: trade))
        }
        tree.append(event)
        lastRecordedAt = event.recordedAt
        return event
    }

    /// The digest of every trade's row behind the last event that was read, by the trade's id.
    func digests() throws(PostgresError) -> [[UInt8]: RowDigest] {
        var digests = settled
        for (id, trade) in follower.openTrades { digests[id] = RowDigest(try table.row(of: trade)) }
        return digests
    }

    /// The row of one trade as it should be, for naming what differs; nil where there is no such trade.
    mutating func row(ofTrade id: [UInt8]) throws -> CopyRow? {
        guard let trade = try follower.trade(id) else { return nil }
        return try table.row(of: trade)
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

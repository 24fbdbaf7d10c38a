internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// Folds a log into a temporary table and makes the rows of `ledger.trades`, and the totals over them, equal to it.
///
/// Works within the transaction that is under way. Memory holds the open trades, and 16 bytes an event.
struct TradeFoldCopy {
    private let log: LogReader<PosixStorage>
    private let ledgerNumber: Int64
    private let limit: UInt64

    /// The fold of the first `limit` events, all of them durable.
    init(_ log: LogReader<PosixStorage>, ledgerNumber: Int64, upTo limit: UInt64) {
        self.log = log
        self.ledgerNumber = ledgerNumber
        self.limit = limit
    }

    /// Deletes the ledger's rows that differ and inserts what the fold has instead.
    ///
    /// Also returns the log's root behind the last event that was folded.
    func replaceRows(
        _ connection: inout Connection,
        onEvent: (UInt64) throws -> Void
    ) throws -> (counts: ProjectionRebuild.Outcome, root: MerkleHash) {
        try connection.execute("CREATE TEMPORARY TABLE folded_trades (LIKE \(TradeTable.name)) ON COMMIT DROP")
        let root = try copyFold(&connection, onEvent)
        try connection.execute("ANALYZE pg_temp.folded_trades; \(Self.deleteOlderStates)")
        let deleted = try connection.query(Self.deleteDifferent, [.text(log.ledgerID.description)])
        let inserted = try connection.query(Self.insertMissing)
        let total = try connection.query("SELECT count(*) FROM pg_temp.folded_trades")
        let totalCount = Int(try total.int64(row: 0, column: 0) ?? 0)
        try connection.execute("DROP TABLE pg_temp.folded_trades")
        try PerformanceTable.replaceRows(&connection, log.ledgerID)
        let counts = ProjectionRebuild.Outcome(
            sequence: limit,
            deletedCount: deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount,
            equalCount: totalCount - inserted.affectedRowCount
        )
        return (counts, root)
    }

    /// Copies the row of each trade as soon as it is not open, again after each later event, and of those that stay
    /// open at the end.
    private func copyFold(_ connection: inout Connection, _ onEvent: (UInt64) throws -> Void) throws -> MerkleHash {
        var follower = TradeFollower<PosixStorage, TradeHistory>(recomputing: log.storage)
        var tree = LogTree(recomputing: log.storage)
        let statement = "COPY pg_temp.folded_trades (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)"
        _ = try connection.copyIn(statement) { copy in
            func write(_ trade: TradeHistory) throws {
                try copy.writeRow { (row) throws(PostgresError) in
                    try TradeTable.write(trade, log.ledgerID, ledgerNumber: ledgerNumber, &row)
                }
            }
            while let (event, trade) = try follower.next(upTo: limit) {
                tree.append(event)
                if let trade, trade.trade.status != .open { try write(trade) }
                try onEvent(event.sequence)
            }
            for trade in follower.openTrades.values { try write(trade) }
        }
        return try tree.root(at: limit)
    }

    private static let deleteOlderStates = """
        DELETE FROM pg_temp.folded_trades AS older USING pg_temp.folded_trades AS newer
        WHERE older.trade_id = newer.trade_id AND older.last_sequence < newer.last_sequence
        """

    /// Rows are compared as text: `json` has no equality, and 1.0 is equal to 1.
    private static let deleteDifferent = """
        DELETE FROM \(TradeTable.name) AS kept
        WHERE kept.ledger_id = $1 AND NOT EXISTS (
            SELECT FROM pg_temp.folded_trades AS folded
            WHERE folded.trade_id = kept.trade_id AND (folded.*)::text = (kept.*)::text
        )
        """

    private static let insertMissing = """
        INSERT INTO \(TradeTable.name) (\(TradeTable.columnList))
        SELECT \(TradeTable.columnList) FROM pg_temp.folded_trades AS folded
        WHERE NOT EXISTS (
            SELECT FROM \(TradeTable.name) AS kept
            WHERE kept.ledger_id = folded.ledger_id AND kept.trade_id = folded.trade_id
        )
        """
}

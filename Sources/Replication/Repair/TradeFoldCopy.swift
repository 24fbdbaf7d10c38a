internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// Folds a log into a temporary table and makes the rows of `ledger.trades` and their totals equal to it.
///
/// Works within the transaction that is under way. Memory holds the open trades, and 16 bytes an event.
struct TradeFoldCopy {
    private let log: LogReader<PosixStorage>
    private let form: LedgerRows
    private let limit: UInt64

    /// The fold of the first `limit` events, all of them durable.
    init(_ log: LogReader<PosixStorage>, ledgerNumber: Int64, upTo limit: UInt64) {
        self.log = log
        form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: ledgerNumber)
        self.limit = limit
    }

    /// Deletes the ledger's rows that differ and inserts what the fold has instead.
    ///
    /// Also returns the log's root after the last event that was folded.
    func replaceRows(
        _ connection: inout Connection,
        onProgress: (UInt64) throws -> Void
    ) throws -> (counts: ProjectionRebuild.Outcome, root: MerkleHash) {
        try connection.execute("CREATE TEMPORARY TABLE folded_trades (LIKE \(TradeTable.name)) ON COMMIT DROP")
        let root = try copyFold(&connection, onProgress)
        try connection.execute("ANALYZE pg_temp.folded_trades; \(Self.deleteOlderStates)")
        let doubledCount = try DoubledRows.delete(&connection, from: TradeTable.name, log.ledgerID, by: "kept.trade_id")
        let deleted = try connection.query(Self.deleteDifferent, [.text(log.ledgerID.description)])
        let inserted = try connection.query(Self.insertMissing)
        let total = try connection.query("SELECT count(*) FROM pg_temp.folded_trades")
        let totalCount = Int(try total.int64(row: 0, column: 0) ?? 0)
        try connection.execute("DROP TABLE pg_temp.folded_trades")
        try PerformanceTable.replaceRows(&connection, log.ledgerID)
        let counts = ProjectionRebuild.Outcome(
            sequence: limit,
            deletedCount: doubledCount + deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount,
            equalCount: totalCount - inserted.affectedRowCount
        )
        return (counts, root)
    }

    /// Copies the row of each trade as soon as it is not open, again after each later event, and of those that stay
    /// open at the end.
    private func copyFold(_ connection: inout Connection, _ onProgress: (UInt64) throws -> Void) throws -> MerkleHash {
        let folding = Prefetcher(FoldedRows(log.storage, form))
        defer { if folding.isUnderWay { folding.forget() } }
        let statement = "COPY pg_temp.folded_trades (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)"
        _ = try connection.copyIn(statement) { copy in
            folding.begin(limit)
            while let chunk = try folding.take() {
                folding.begin(limit)
                try copy.write(chunk.rows)
                try onProgress(chunk.lastSequence)
            }
            try copy.write(folding.withSource { try $0.openRows() })
        }
        return try folding.withSource { folded throws(LedgerError) in try folded.root }
    }

    private static let deleteOlderStates = """
        DELETE FROM pg_temp.folded_trades AS older USING pg_temp.folded_trades AS newer
        WHERE older.trade_id = newer.trade_id AND older.last_sequence < newer.last_sequence
        """

    /// Rows are compared by their bytes (`*=`): `json` has no equality, and 1.0 is equal to 1.
    private static let deleteDifferent = """
        DELETE FROM \(TradeTable.name) AS kept
        WHERE kept.ledger_id = $1 AND NOT EXISTS (
            SELECT FROM pg_temp.folded_trades AS folded
            WHERE folded.trade_id = kept.trade_id AND folded *= kept
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

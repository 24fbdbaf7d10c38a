internal import Ledger
internal import Postgres
internal import TradeModel

/// Folds a log anew into a temporary table, within the transaction that is under way.
///
/// Memory holds the open trades, and 16 bytes an event.
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

    /// Copies the row of each trade as soon as it is not open, again after each later event, and of those that stay
    /// open at the end.
    ///
    /// Returns the log's root after the last event.
    func run(_ connection: inout Connection, onProgress: (UInt64) throws -> Void) throws -> MerkleHash {
        try connection.execute("CREATE TEMPORARY TABLE folded_trades (LIKE \(TradeTable.name)) ON COMMIT DROP")
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
}

internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
internal import TradeModel

/// `ledger.trades`: a row for each trade, as its events leave it.
///
/// Most trades of a catch-up open within the batch: their rows go straight into the table. Only trades that were there
/// before take the way over a temporary table, because COPY cannot update.
enum TradeProjection: Projection {
    static let rowsName = "trades"
    static let rowName = "trade"
    static let table = TradeTable.name
    static let version = TradeHistory.version

    /// Rows that are about to replace others.
    private static let stagedTable = "pg_temp.staged_trades"

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_trades (LIKE \(table)) ON COMMIT DELETE ROWS"
        )
    }

    static func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        try copy(batch.openedTrades, into: table, &connection)
        guard !batch.changedTrades.isEmpty else { return }
        try copy(batch.changedTrades, into: stagedTable, &connection)
        try connection.execute(upsert)
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        var digests = try state.withSource { try $0.digests() }
        let count = digests.count
        var altered: [ColumnSet: [String]] = [:]
        var added: [String] = []
        let query = "SELECT \(TradeTable.columnList) FROM \(table) WHERE ledger_id = '\(ledgerID)'"
        try connection.copyOut(query) { rows in
            while let actual = try rows.next() {
                let id = actual.bytes(TradeTable.tradeIDColumn).map(Array.init) ?? []
                let name = String(decoding: id, as: UTF8.self)
                guard let digest = digests.removeValue(forKey: id) else {
                    added.append(name)
                    continue
                }
                guard RowDigest(actual) != digest, let expected = try state.withSource({ try $0.row(ofTrade: id) })
                else { continue }
                altered[ColumnSet(expected: expected, actual: actual), default: []].append(name)
            }
        }
        let missing = digests.keys.map { String(decoding: $0, as: UTF8.self) }
        let alterations = altered.map { columns, ids in
            AuditDifference(.altered, columns: columns.names(TradeTable.columns), tradeIDs: ids.sorted())
        }
        let others = [
            AuditDifference(.missing, tradeIDs: missing.sorted()), AuditDifference(.added, tradeIDs: added.sorted()),
        ]
        let differences =
            alterations.sorted { $0.tradeIDs[0] < $1.tradeIDs[0] } + others.filter { $0.count > 0 }
        return RowComparison(count: count, differences, named: rowName)
    }

    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        try connection.execute("ANALYZE pg_temp.folded_trades; \(deleteOlderStates)")
        let doubledCount = try connection.deleteDoubledRows(of: ledgerID, from: table, by: "kept.trade_id")
        let deleted = try connection.query(deleteDifferent, of: ledgerID)
        let inserted = try connection.query(insertMissing)
        let total = try connection.query("SELECT count(*) FROM pg_temp.folded_trades")
        return RowChanges(
            deletedCount: doubledCount + deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount,
            equalCount: Int(try total.int64(row: 0, column: 0) ?? 0) - inserted.affectedRowCount
        )
    }

    private static func copy(_ trades: BinaryRows, into table: String, _ connection: inout Connection) throws {
        guard !trades.isEmpty else { return }
        _ = try connection.copyIn("COPY \(table) (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)") { copy in
            try copy.write(trades)
        }
    }

    private static let upsert: String = {
        let updates = TradeTable.columns.filter { !TradeTable.keyColumns.contains($0) }.map { "\($0) = excluded.\($0)" }
        return """
            INSERT INTO \(table) (\(TradeTable.columnList))
            SELECT \(TradeTable.columnList) FROM \(stagedTable)
            ON CONFLICT (\(TradeTable.keyColumns.joined(separator: ", "))) DO UPDATE
            SET \(updates.joined(separator: ", "))
            """
    }()

    private static let deleteOlderStates = """
        DELETE FROM pg_temp.folded_trades AS older USING pg_temp.folded_trades AS newer
        WHERE older.trade_id = newer.trade_id AND older.last_sequence < newer.last_sequence
        """

    /// Rows are compared by their bytes (`*=`): `json` has no equality, and 1.0 is equal to 1.
    private static let deleteDifferent = """
        DELETE FROM \(table) AS kept
        WHERE kept.ledger_id = $1 AND NOT EXISTS (
            SELECT FROM pg_temp.folded_trades AS folded
            WHERE folded.trade_id = kept.trade_id AND folded *= kept
        )
        """

    private static let insertMissing = """
        INSERT INTO \(table) (\(TradeTable.columnList))
        SELECT \(TradeTable.columnList) FROM pg_temp.folded_trades AS folded
        WHERE NOT EXISTS (
            SELECT FROM \(table) AS kept
            WHERE kept.ledger_id = folded.ledger_id AND kept.trade_id = folded.trade_id
        )
        """
}

extension ProjectionList {
    /// Folds the first `limit` events of a log anew, all of them durable, into the temporary tables from which
    /// `replaceRows` takes the rows.
    ///
    /// Copies the row of each trade as soon as it is not open, again after each later event, and of those that stay
    /// open at the end. Memory holds the open trades, the totals, and 16 bytes an event. Returns the log's root after
    /// the last one.
    static func fold(
        _ log: LogReader<PosixStorage>,
        _ connection: inout Connection,
        ledgerNumber: Int64,
        upTo limit: UInt64,
        onProgress: (UInt64) throws -> Void = { _ in }
    ) throws -> MerkleHash {
        try connection.execute("CREATE TEMPORARY TABLE folded_trades (LIKE \(TradeTable.name)) ON COMMIT DROP")
        let form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: ledgerNumber)
        let folding = Prefetcher(FoldedRows(log.storage, form))
        let statement = "COPY pg_temp.folded_trades (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)"
        _ = try connection.copyIn(statement) { copy in
            try folding.visit(limit) { chunk in
                try copy.write(chunk.rows)
                try onProgress(chunk.lastSequence)
            }
            try copy.write(folding.withSource { try $0.openRows() })
        }
        let totals = folding.withSource { $0.totals }
        try PerformanceProjection.stageFolded(totals, of: log.ledgerID, &connection)
        let books = folding.withSource { $0.books }
        for projection in Self.books { try projection.stageFolded(books, of: log.ledgerID, &connection) }
        return try folding.withSource { folded throws(LedgerError) in try folded.root }
    }
}

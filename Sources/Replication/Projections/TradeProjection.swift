internal import Ledger
internal import Postgres
internal import TradeModel

/// `ledger.trades`: a row for each trade, as its events leave it.
///
/// Most trades of a catch-up open within the batch: their rows go straight into the table. Only trades that were there
/// before take the way over a temporary table, because COPY cannot update.
enum TradeProjection: Projection {
    static let rowsName = "trades"
    static let rowName = "trade"
    static let table = TradeTable.name
    static let isFoldedFromEvents = true

    /// Rows that are about to replace others.
    static let stagedTable = "pg_temp.staged_trades"

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_trades (LIKE \(TradeTable.name)) ON COMMIT DELETE ROWS"
        )
    }

    static func stage(_ batch: EventBatch, _ connection: inout Connection) throws {
        try copy(batch.openedTrades, into: TradeTable.name, &connection)
        try copy(batch.changedTrades, into: stagedTable, &connection)
    }

    static func merge(_ batch: EventBatch, _ connection: inout Connection) throws {
        guard !batch.changedTrades.isEmpty else { return }
        try connection.execute(upsert)
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        try TradeComparison(&connection, ledgerID, state).outcome
    }

    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        try connection.execute("ANALYZE pg_temp.folded_trades; \(deleteOlderStates)")
        let doubledCount = try DoubledRows.delete(&connection, from: TradeTable.name, ledgerID, by: "kept.trade_id")
        let deleted = try connection.query(deleteDifferent, [.text(ledgerID.description)])
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
            INSERT INTO \(TradeTable.name) (\(TradeTable.columnList))
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

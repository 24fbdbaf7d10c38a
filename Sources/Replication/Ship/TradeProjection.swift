internal import Postgres

/// Brings `ledger.trades`, and the totals over it, to what a batch makes of it, within the batch's transaction.
///
/// Most trades of a catch-up open within the batch: their rows go straight into the table. Only trades that were there
/// before take the way over a temporary table, because COPY cannot update.
struct TradeProjection {
    private static let staging = "pg_temp.staged_trades"

    /// Prepares a session.
    init(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_trades (LIKE \(TradeTable.name)) ON COMMIT DELETE ROWS"
        )
    }

    /// Stores the trades that the batch opened or changed, as the last of its events leaves them.
    func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        try copy(batch.openedTrades, into: TradeTable.name, &connection)
        try copy(batch.changedTrades, into: Self.staging, &connection)
        try PerformanceTable.move(&connection, opened: batch.openedIDs, changed: Self.staging)
        guard !batch.changedTrades.isEmpty else { return }
        try connection.execute(Self.upsert)
    }

    private func copy(_ trades: BinaryRows, into table: String, _ connection: inout Connection) throws {
        guard !trades.isEmpty else { return }
        _ = try connection.copyIn("COPY \(table) (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)") { copy in
            try copy.write(trades)
        }
    }

    private static let upsert: String = {
        let updates = TradeTable.columns.filter { !TradeTable.keyColumns.contains($0) }.map { "\($0) = excluded.\($0)" }
        return """
            INSERT INTO \(TradeTable.name) (\(TradeTable.columnList))
            SELECT \(TradeTable.columnList) FROM \(staging)
            ON CONFLICT (\(TradeTable.keyColumns.joined(separator: ", "))) DO UPDATE
            SET \(updates.joined(separator: ", "))
            """
    }()
}

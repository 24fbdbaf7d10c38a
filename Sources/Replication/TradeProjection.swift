internal import Postgres
internal import Projections
internal import TradeModel

/// Brings `ledger.trades`, and the totals over it, to what a batch makes of it, within the batch's transaction.
///
/// Most trades of a catch-up open within the batch: their rows go straight into the table. Only trades that were there
/// before take the way over a temporary table, because COPY cannot update.
struct TradeProjection {
    private let ledgerID: EventID

    private static let staging = "pg_temp.staged_trades"

    /// Prepares a session.
    init(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        self.ledgerID = ledgerID
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_trades (LIKE \(TradeTable.name)) ON COMMIT DELETE ROWS"
        )
    }

    /// Stores the trades that the batch opened or changed, as the last of its events leaves them.
    func store(_ batch: EventBatch, ledgerNumber: Int64, _ connection: inout Connection) throws {
        // They are in the order of the log, which is nearly that of most indexes.
        let trades = batch.trades
        let openedIndex = trades.firstIndex { $0.trade.firstSequence >= batch.firstSequence } ?? trades.endIndex
        let (changed, opened) = (trades[..<openedIndex], trades[openedIndex...])
        try copy(opened, ledgerNumber, into: TradeTable.name, &connection)
        try copy(changed, ledgerNumber, into: Self.staging, &connection)
        let ids = opened.map { TradeTable.id($0.trade, ledgerNumber: ledgerNumber) }
        try PerformanceTable.move(
            &connection,
            opened: ids.first.flatMap { first in ids.last.map { first...$0 } },
            changed: Self.staging
        )
        guard !changed.isEmpty else { return }
        try connection.execute(Self.upsert)
    }

    private func copy(
        _ trades: ArraySlice<TradeHistory>,
        _ ledgerNumber: Int64,
        into table: String,
        _ connection: inout Connection
    ) throws {
        guard !trades.isEmpty else { return }
        _ = try connection.copyIn("COPY \(table) (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)") { copy in
            for trade in trades {
                try copy.writeRow { (row) throws(PostgresError) in
                    try TradeTable.write(trade, ledgerID, ledgerNumber: ledgerNumber, &row)
                }
            }
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

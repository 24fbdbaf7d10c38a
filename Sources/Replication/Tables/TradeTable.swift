internal import Postgres
internal import Projections
internal import TradeModel

/// The table of trades, with the columns of `TradeRow`; the public views read it.
enum TradeTable {
    static let name = "ledger.trades"

    /// In the order in which `write` writes them.
    static let columns = TradeRow.storedColumns.map(\.name)
    static let keyColumns = ["ledger_id", "trade_id"]
    /// The place of the trade's id in a row.
    static let tradeIDColumn: Int = {
        guard let column = columns.firstIndex(of: "trade_id") else { preconditionFailure("a trade has an id") }
        return column
    }()

    static let columnList = columns.joined(separator: ", ")

    /// Sequences stay below this, so that a ledger's number and a sequence make one `bigint`.
    private static let idsOfALedger: Int64 = 1 << 40

    /// The id of a trade, which grows with the sequence of its open.
    static func id(_ trade: Trade, ledgerNumber: Int64) -> Int64 {
        ledgerNumber * idsOfALedger + Int64(trade.firstSequence)
    }

    /// Writes the row of a trade.
    ///
    /// `ledgerNumber` is the ledger's number in this database.
    static func write(
        _ history: TradeHistory,
        _ ledgerID: EventID,
        ledgerNumber: Int64,
        _ row: inout BinaryRows
    ) throws(PostgresError) {
        let trade = TradeRow(history, ledgerID: ledgerID, id: id(history.trade, ledgerNumber: ledgerNumber))
        for column in TradeRow.storedColumns { try row.append(column.value(trade)) }
    }
}

internal import Postgres
internal import Projections
internal import TradeModel

/// The table of trades, with the columns of `TradeRow`; the public views read it.
enum TradeTable {
    static let name = "ledger.trades"

    /// In the order in which `LedgerRows` writes them.
    static let columns = TradeRow.storedColumns.map(\.name)
    static let keyColumns = ["ledger_id", "trade_id"]
    /// The place of the trade's id in a row.
    static let tradeIDColumn: Int = {
        guard let column = columns.firstIndex(of: "trade_id") else { preconditionFailure("a trade has an id") }
        return column
    }()

    static let columnList = columns.joined(separator: ", ")
}

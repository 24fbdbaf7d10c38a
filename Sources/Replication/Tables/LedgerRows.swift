internal import Postgres
internal import Projections
internal import TradeModel

/// How the events and trades of one ledger look as rows of one database.
struct LedgerRows: Equatable, Sendable {
    let ledgerID: EventID
    /// The ledger's number in this database.
    let ledgerNumber: Int64

    /// Adds the row of an event, in the format of `EventTable`.
    func append(_ event: Event, to rows: inout BinaryRows) {
        rows.beginRow(columnCount: EventTable.columns.count)
        EventTable.write(event, ledgerID, &rows)
    }

    /// Adds the row of a trade, in the format of `TradeTable`.
    func append(_ trade: TradeHistory, to rows: inout BinaryRows) throws(PostgresError) {
        rows.beginRow(columnCount: TradeTable.columns.count)
        try TradeTable.write(trade, ledgerID, ledgerNumber: ledgerNumber, &rows)
    }

    /// The id of a trade in this database.
    func id(of trade: TradeHistory) -> Int64 { TradeTable.id(trade.trade, ledgerNumber: ledgerNumber) }

    /// The row of a trade as a COPY would bring it.
    func row(of trade: TradeHistory) throws(PostgresError) -> CopyRow {
        try CopyRow(columnCount: TradeTable.columns.count) { (row) throws(PostgresError) in
            try TradeTable.write(trade, ledgerID, ledgerNumber: ledgerNumber, &row)
        }
    }
}

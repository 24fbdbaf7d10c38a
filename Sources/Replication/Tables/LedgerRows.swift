internal import Ledger
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
        try write(trade, &rows)
    }

    /// The id of a trade in this database.
    func id(of trade: TradeHistory) -> Int64 {
        LedgerNumber.tradeID(ledgerNumber, firstSequence: trade.trade.firstSequence)
    }

    /// The row of a trade as a COPY would bring it.
    func row(of trade: TradeHistory) throws(PostgresError) -> CopyRow {
        try CopyRow(columnCount: TradeTable.columns.count) { (row) throws(PostgresError) in try write(trade, &row) }
    }

    private func write(_ trade: TradeHistory, _ row: inout BinaryRows) throws(PostgresError) {
        let values = TradeRow(trade, ledgerID: ledgerID, id: id(of: trade))
        for column in TradeRow.storedColumns { try row.append(column.value(values)) }
    }
}

/// The first 128 bits of the SHA-256 over a row of `ledger.trades`: enough to identify a row, and small enough to keep
/// for every trade of a long history.
struct RowDigest: Equatable {
    private let high: UInt64
    private let low: UInt64

    /// The digest of a row as COPY brings it.
    init(_ row: CopyRow) {
        let digest = SHA256.digest(of: row.bytes.span)
        high = digest.span.littleEndian64(at: 0)
        low = digest.span.littleEndian64(at: 8)
    }
}

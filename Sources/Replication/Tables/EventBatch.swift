internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// The contents of one transaction: events, the trades that they changed, and the root after them.
///
/// The rows are already encoded, so the session only has to send them.
struct EventBatch: Sendable {
    /// At least one, in order.
    let changes: ArraySlice<Change>
    /// What the events of the whole chunk change in the tables which `Books` folds.
    let bookChanges: BookChanges
    /// The root over everything up to the last event.
    let root: MerkleHash
    /// How the ledger's rows look in the database that these rows are for.
    let form: LedgerRows
    let events: BinaryRows
    /// The rows of the trades that the batch opens, as the last of its events leaves them, in the order of their opens.
    private(set) var openedTrades = BinaryRows()
    /// The rows of the trades that the batch changes and an earlier one opened.
    private(set) var changedTrades = BinaryRows()
    /// The rows that add up to what the batch changes in the totals.
    private(set) var totals = BinaryRows()
    /// The rows that the batch changes in the tables which `Books` folds.
    let bookRows: [BookRow]

    /// An event, and the resulting trade; nil if it changed none.
    struct Change {
        let event: Event
        let trade: TradeHistory?
        /// How the totals counted that trade before the event; nil if they did not.
        let countedBefore: CountedTrade?
    }

    init(
        _ changes: ArraySlice<Change>,
        _ bookChanges: BookChanges,
        root: MerkleHash,
        _ form: LedgerRows
    ) throws(PostgresError) {
        precondition(!changes.isEmpty, "a batch has an event")
        self.changes = changes
        self.bookChanges = bookChanges
        let sequences = changes.span[0].event.sequence...changes.span[changes.count - 1].event.sequence
        bookRows = bookChanges.rows(of: sequences)
        self.root = root
        self.form = form
        var events = BinaryRows(byteCapacity: changes.count * Self.usualRowByteCount)
        var totals = PerformanceTotals()
        var lastChanges: [UInt64: Int] = [:]
        // A span gives a change without a copy, which would cost more than its row.
        let span = changes.span
        for index in span.indices {
            form.append(span[index].event, to: &events)
            guard let firstSequence = span[index].trade?.trade.firstSequence else { continue }
            if lastChanges.updateValue(index, forKey: firstSequence) == nil {
                totals.replace(span[index].countedBefore, by: nil)
            }
        }
        self.events = events
        for (firstSequence, index) in lastChanges.sorted(by: { $0.key < $1.key }) {
            guard let trade = span[index].trade else { continue }
            totals.replace(nil, by: CountedTrade(trade))
            guard firstSequence >= self.firstSequence else {
                try form.append(trade, to: &changedTrades)
                continue
            }
            try form.append(trade, to: &openedTrades)
        }
        self.totals = try totals.rows(of: form.ledgerID)
    }

    /// The approximate size of an event's row.
    private static let usualRowByteCount = 512

    var eventCount: Int { changes.count }
    var firstEvent: Event { changes[changes.startIndex].event }
    var firstSequence: UInt64 { firstEvent.sequence }
    var lastSequence: UInt64 { firstSequence + UInt64(eventCount) - 1 }
    /// When the ledger took the last event.
    var lastRecordedAt: Timestamp { changes[changes.endIndex - 1].event.recordedAt }
}

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
    private func id(of trade: TradeHistory) -> Int64 {
        LedgerNumber.tradeID(ledgerNumber, firstSequence: trade.trade.firstSequence)
    }

    /// The row of a trade as a COPY would bring it.
    func row(of trade: TradeHistory) throws(PostgresError) -> CopyRow {
        try CopyRow(columnCount: TradeTable.columns.count) { (row) throws(PostgresError) in try write(trade, &row) }
    }

    private func write(_ trade: TradeHistory, _ row: inout BinaryRows) throws(PostgresError) {
        let values = TradeRow(trade, ledgerID: ledgerID, id: id(of: trade))
        for value in Self.tradeValues { try row.append(value(values)) }
    }

    /// What gives the value of each column of a trade: a copy of a column costs more than its value.
    private static let tradeValues = TradeRow.storedColumns.map(\.value)
}

/// The first 128 bits of the SHA-256 over a row of `ledger.trades`: enough to identify a row, and small enough to keep
/// for every trade of a long history.
struct RowDigest: Equatable {
    private let high: UInt64
    private let low: UInt64

    init(_ row: CopyRow) {
        let digest = SHA256.digest(of: row.bytes.span)
        high = digest.span.littleEndian64(at: 0)
        low = digest.span.littleEndian64(at: 8)
    }
}

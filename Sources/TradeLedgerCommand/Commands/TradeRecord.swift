internal import Ledger
internal import Projections
internal import Replay
internal import TradeModel

/// A trade as it is printed, with the names of the contract.
enum TradeRecord {
    /// What a table shows of it.
    private static let tableColumns = [
        "trade_id", "symbol", "side", "status", "amount", "open_amount", "entry_price", "exit_price", "fees",
        "realized_pnl", "pnl_pct", "opened_at",
    ]

    /// Prints the trades of a ledger as they were known at a moment, in the order in which they were opened and in the
    /// format that was asked for: those of them that are included, up to a limit.
    ///
    /// Memory holds what is open, and all rows of a table; the rest lies in a file without a name in `TMPDIR`.
    static func print(
        _ reader: LedgerReader,
        asOf moment: Moment,
        limit: Int = .max,
        _ settings: Settings,
        where isIncluded: (TradeHistory) -> Bool = { _ in true }
    ) throws {
        var printer = RecordPrinter(settings.format, tableColumns: tableColumns)
        var spool = LineSpool(in: Settings.temporaryDirectory)
        try TradeReplay(reader).visitTrades(to: try moment.lastSequence(reader)) { trade in
            // A trade that was included may not be after a later event: nothing then takes the place of its line.
            try spool.add(isIncluded(trade) ? printer.line(record(trade)) : [], at: trade.trade.firstSequence)
        }
        var printedCount = 0
        try spool.drain { line in
            guard !line.isEmpty, printedCount < limit else { return }
            try printer.print(line: line)
            printedCount += 1
        }
        try printer.finish()
    }

    static func record(_ history: TradeHistory) -> Record {
        history.fields.map { ($0.field.rawValue, Cell($0.value)) }
    }
}

extension Cell {
    /// The value of a field of a trade.
    fileprivate init(_ value: TradeValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .decimal(let decimal): self = .decimal(decimal)
        case .sequence(let sequence): self.init(sequence)
        case .time(let time): self = .time(time)
        case .bool(let bool): self = .bool(bool)
        case .json(let bytes): self = .json(bytes)
        case .null: self = .null
        }
    }
}

internal import Projections
internal import TradeModel

/// A trade as it is printed, with the names of the contract.
enum TradeRecord {
    /// What a table shows of it.
    private static let tableColumns = [
        "trade_id", "symbol", "side", "status", "amount", "open_amount", "entry_price", "exit_price", "fees",
        "realized_pnl", "pnl_pct", "opened_at",
    ]

    /// Prints trades in the format that was asked for.
    static func print(_ trades: some Sequence<TradeHistory>, _ settings: Settings) throws {
        var printer = RecordPrinter(settings.format, tableColumns: tableColumns)
        for trade in trades { try printer.print(record(trade)) }
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

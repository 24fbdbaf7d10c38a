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
        let trade = history.trade
        let figures = trade.figures
        return [
            ("trade_id", .text(history.id)), ("symbol", .text(history.symbol)), ("side", .text(trade.side.rawValue)),
            ("order_type", .text(history.orderType)), ("status", .text(trade.status.rawValue)),
            ("amount", .decimal(trade.entry.amount)), ("open_amount", .decimal(trade.openAmount)),
            ("entry_price", .decimal(figures.entryPrice)), ("exit_price", Cell(figures.exitPrice)),
            ("fees", .decimal(trade.fees)), ("adjustments", .decimal(trade.adjustments)),
            ("realized_pnl", .decimal(figures.realizedPnL)), ("pnl_pct", .decimal(figures.pnlPercent)),
            ("won", .bool(trade.isWon)), ("closed", .bool(trade.status == .closed)),
            ("opened_at", .time(trade.openedAt)), ("closed_at", Cell(trade.closedAt)),
            ("strategy", Cell(history.strategy)), ("account", Cell(history.account)), ("venue", Cell(history.venue)),
            ("reason", Cell(history.reason)), ("quote", .text(trade.quote)),
            ("fees_incomplete", .bool(trade.isFeesIncomplete)), ("first_sequence", Cell(trade.firstSequence)),
            ("last_sequence", Cell(trade.lastSequence)),
        ] + context(history.context)
    }

    private static func context(_ context: DecisionContext) -> Record {
        [
            ("market_regime", Cell(context.marketRegime)),
            ("bull_confidence", number(context.bullConfidence)), ("bear_confidence", number(context.bearConfidence)),
            ("decision_confidence", number(context.decisionConfidence)),
            ("agent_votes", context.agentVotes.map(Cell.json) ?? .null),
            ("signals", context.signals.map(Cell.json) ?? .null),
        ]
    }

    /// Decimals are printed as strings, like all others.
    private static func number(_ number: ContextNumber?) -> Cell { Cell(number?.description) }
}

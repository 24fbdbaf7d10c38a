internal import Postgres
internal import Projections
internal import TradeModel

/// Defines the columns of `ledger.trades`, and their order, in one place; the public views read that table.
enum TradeTable {
    static let name = "ledger.trades"

    /// In the order in which `write` writes them.
    static let columns = [
        "ledger_id", "trade_id", "id", "symbol", "side", "order_type", "status", "amount", "open_amount", "entry_price",
        "exit_price", "realized_pnl", "pnl_pct", "fees", "adjustments", "fees_incomplete", "quote", "strategy",
        "account",
        "venue", "reason", "opened_at", "closed_at", "market_regime", "bull_confidence", "bear_confidence",
        "decision_confidence", "agent_votes", "signals", "won", "first_sequence", "last_sequence", "first_recorded_at",
        "last_recorded_at",
    ]
    static let keyColumns = ["ledger_id", "trade_id"]
    static let tradeIDColumn = 1

    static var columnList: String { columns.joined(separator: ", ") }

    /// Sequences stay below this, so that a ledger's number and a sequence make one `bigint`.
    private static let idsOfALedger: Int64 = 1 << 40

    /// The number of the ledger that an id was made with.
    static func ledgerNumber(ofID id: Int64) -> Int64 { id / idsOfALedger }

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
        let trade = history.trade
        let figures = trade.figures
        row.append(uuid: ledgerID)
        row.append(text: history.id)
        row.append(int64: id(trade, ledgerNumber: ledgerNumber))
        row.append(text: history.symbol)
        row.append(text: trade.side.rawValue)
        row.append(text: history.orderType)
        row.append(text: trade.status.rawValue)
        row.append(trade.entry.amount)
        row.append(trade.openAmount)
        row.append(figures.entryPrice)
        row.append(figures.exitPrice)
        row.append(figures.realizedPnL)
        row.append(figures.pnlPercent)
        row.append(trade.fees)
        row.append(trade.adjustments)
        row.append(bool: trade.isFeesIncomplete)
        row.append(text: trade.quote)
        row.append(text: history.strategy)
        row.append(text: history.account)
        row.append(text: history.venue)
        row.append(text: history.reason)
        row.append(trade.openedAt)
        row.append(trade.closedAt)
        try writeContext(history.context, &row)
        row.append(bool: trade.isWon)
        row.append(int64: Int64(trade.firstSequence))
        row.append(int64: Int64(trade.lastSequence))
        row.append(history.firstRecordedAt)
        row.append(history.lastRecordedAt)
    }

    private static func writeContext(_ context: DecisionContext, _ row: inout BinaryRows) throws(PostgresError) {
        row.append(text: context.marketRegime)
        for number in [context.bullConfidence, context.bearConfidence, context.decisionConfidence] {
            if let number, number.decimal == nil {
                try row.append(numericText: number.description)
            } else {
                row.append(number?.decimal)
            }
        }
        row.append(text: context.agentVotes?[...])
        row.append(text: context.signals?[...])
    }
}

import Ledger
import Projections
import TradeModel

/// A row of `trade_history`, as the text that a user of SQL sees and as the fold of the log.
enum HistoryRow {
    /// The rows of a view or function with the columns of `trade_history`, in the order of their opens.
    static func query(_ source: String) -> String {
        """
        SELECT id, trade_id, symbol, \(time("timestamp")), side, order_type, amount, entry_price, exit_price,
               realized_pnl, pnl_pct, fees, market_regime, bull_confidence, bear_confidence, decision_confidence, won,
               closed, \(time("close_timestamp")), agent_votes, signals, ledger_id, status, open_amount, adjustments,
               quote, strategy, account, venue, reason, fees_incomplete, first_sequence, last_sequence, context
        FROM \(source) ORDER BY first_sequence
        """
    }

    /// The row of a trade in the first ledger of a database; documents as `jsonb` prints them.
    static func expected(_ history: TradeHistory, _ ledger: ReplicatedLedger) throws -> [String?] {
        let (trade, figures, context) = (history.trade, history.trade.figures, history.context)
        return [
            "\(trade.firstSequence)", history.id, history.symbol, "\(trade.openedAt)", trade.side.rawValue,
            history.orderType, "\(trade.entryAmount)", "\(figures.entryPrice)", figures.exitPrice?.description,
            "\(figures.realizedPnL)", "\(figures.pnlPercent)", "\(trade.fees)", context.marketRegime,
            context.bullConfidence?.description, context.bearConfidence?.description,
            context.decisionConfidence?.description, text(trade.isWon), text(trade.status == .closed),
            trade.closedAt?.description, try jsonb(context.agentVotes, ledger), try jsonb(context.signals, ledger),
            "\(ledger.ledger.ledgerID)", trade.status.rawValue, "\(trade.openAmount)", "\(trade.adjustments)",
            trade.quote, history.strategy, history.account, history.venue, history.reason,
            text(trade.isFeesIncomplete), "\(trade.firstSequence)", "\(trade.lastSequence)",
            try jsonb(context.all, ledger),
        ]
    }

    /// A column of times as the ledger prints them.
    static func time(_ column: String) -> String {
        #"to_char("\#(column)" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }

    /// A document as `jsonb` prints it.
    private static func jsonb(_ document: [UInt8]?, _ ledger: ReplicatedLedger) throws -> String? {
        guard let document else { return nil }
        return try ledger.value("SELECT \(literal(String(decoding: document, as: UTF8.self)))::jsonb")
    }

    /// A text within a statement.
    static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private static func text(_ flag: Bool) -> String { flag ? "t" : "f" }
}

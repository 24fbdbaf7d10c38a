import Projections

/// The columns of public.trade_history: in the view, in the function that shows an earlier moment, and in docs/sql.md.
enum TradeHistoryColumns {
    /// The select list of the view.
    static var view: String {
        shown.map { column, name in "    " + named(value(column, in: nil), name) }.joined(separator: ",\n")
    }

    /// The select list of `trade_history_as_of`: the trade's identity is known, and its fold gives the rest.
    static var asOf: String {
        let identity = ["id", "trade_id", "ledger_id"]
        return shown.map { column, name in
            column.name == "opened_during_halt"
                ? Self.duringHalt
                : "        " + named(value(column, in: identity.contains(column.name) ? "known" : "fold"), name)
        }.joined(separator: ",\n")
    }

    /// The events of a trade do not tell it.
    private static let duringHalt = """
                EXISTS (
                    SELECT FROM ledger.visible_halts AS halt
                    WHERE halt.ledger_id = known.ledger_id AND halt.first_sequence < fold.first_sequence
                      AND (halt.resumed_at IS NULL OR halt.last_sequence > fold.first_sequence)
                      AND ledger.covers(halt.scope, fold.strategy, fold.symbol, fold.account, fold.venue)
                ) AS opened_during_halt
        """

    /// The columns with their types and meanings.
    static var table: String {
        var table = MarkdownTable([("column", "---"), ("type", "---"), ("meaning", "---")])
        for (column, name) in shown {
            let type =
                column.type == .timestamptz ? "timestamptz" : column.type == .json ? "jsonb" : column.type.rawValue
            table.add(["`\(name)`", type, column.meaning])
        }
        return table.text
    }

    /// The columns that the bot declares and the ledger adds, in the order of the view; other columns follow.
    private static let order = [
        "id", "trade_id", "symbol", "timestamp", "side", "order_type", "amount", "entry_price", "exit_price",
        "realized_pnl", "pnl_pct", "fees", "market_regime", "bull_confidence", "bear_confidence",
        "decision_confidence", "won", "closed", "close_timestamp", "agent_votes", "signals", "ledger_id", "status",
        "open_amount", "adjustments", "quote", "strategy", "tag", "account", "venue", "reason", "fees_incomplete",
        "decision_id", "first_sequence", "last_sequence",
    ]

    private static let shown: [(column: Column<TradeRow>, name: String)] = {
        let columns = TradeRow.columns.compactMap { column in column.viewName.map { (column: column, name: $0) } }
        return order.compactMap { name in columns.first { $0.name == name } }
            + columns.filter { !order.contains($0.name) }
    }()

    /// The value of a column; people get documents as `jsonb`, which has operators.
    private static func value(_ column: Column<TradeRow>, in table: String?) -> String {
        let prefix = table.map { $0 + "." } ?? ""
        // An expression begins with its column.
        return prefix + (column.expression ?? column.name) + (column.type == .json ? "::jsonb" : "")
    }

    private static func named(_ value: String, _ name: String) -> String {
        if value == name || value.hasSuffix(".\(name)") { return value }
        return "\(value) AS \(name == "timestamp" ? "\"timestamp\"" : name)"
    }
}

import TradeModel

/// The columns of events in the timeline of a trade, and in the fold of trades in SQL.
enum TimelineColumns {
    /// The fields that the timeline shows after those of its first columns, from the rows of events.
    static var ofEvents: String { fields.map { "    event.\($0)," }.joined(separator: "\n") }

    /// The same as the last columns of a view.
    static var ofOneTimeline: String { fields.map { "    event.\($0)" }.joined(separator: ",\n") }

    /// The same, from `ledger.timeline`.
    static var ofTimeline: String { fields.map { "    \($0)" }.joined(separator: ",\n") }

    /// A row of `ledger.timeline` as one of `ledger.trade_events`: without format, event id and details, which the
    /// fold does not need.
    static var row: String {
        let own = ["ledger_id", "sequence", "recorded_at"].map { "event.\($0)" }
        let head = ["NULL", "NULL", "event.type", "event.trade_id", "event.trade_id", "event.occurred_at"]
        let fields = columns.map { "event.\($0 == Field.feeCost.name ? "fee" : $0)" }
        var lines = [""]
        for value in own + head + fields + ["NULL"] {
            let last = lines.count - 1
            if lines[last].count + value.count > 90 { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + value + ","
        }
        lines[lines.count - 1].removeLast()
        return lines.map { "                    \($0)" }.joined(separator: "\n")
    }

    /// The columns of fields that follow `occurred_at`.
    private static let columns = Field.all.filter { $0.hasColumn && $0 != .tradeID }.map(\.name)

    private static let fields: [String] = {
        let first: [Field] = [.amount, .price, .feeCost, .reason, .context]
        return columns.filter { !first.map(\.name).contains($0) }
    }()
}

internal import Projections
internal import Statistics
internal import TradeModel

/// A table of groups for people, with a line of totals.
struct PerformanceTable {
    private let table: GroupTable
    private let columnCount: Int

    private static let nameColumnCountMin = 8

    /// A table with lines of so many columns.
    init(_ table: GroupTable, columnCount: Int) {
        (self.table, self.columnCount) = (table, columnCount)
    }

    /// The lines, without line feeds and hidden characters.
    var lines: [String] {
        let title = "by \(table.grouping.rawValue)"
        let header = [
            "trades", "win", "draw", "loss", "win %", "P&L " + TerminalText.escaped(table.quote.text), "mean P&L",
            "held",
        ]
        let names = [title] + table.lines.map { TerminalText.escaped($0.group?.text ?? PageNumber.null) } + ["TOTAL"]
        let rows = [header] + table.lines.map { Self.cells($0.totals) } + [Self.cells(table.total)]
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let room = columnCount - widths.reduce(0) { $0 + $1 + 2 }
        let nameWidth = min(names.map(\.count).max() ?? 0, max(room, Self.nameColumnCountMin))
        return zip(names, rows).map { name, cells in
            Self.padded(name, to: nameWidth)
                + zip(cells, widths).map { "  " + String(repeating: " ", count: $1 - $0.count) + $0 }.joined()
        }
    }

    private static func cells(_ totals: GroupTotals) -> [String] {
        [
            "\(totals.count)", "\(totals.winCount)", "\(totals.drawCount)", "\(totals.lossCount)",
            totals.winRate.map { PageNumber.percent($0) } ?? PageNumber.null,
            totals.pnl.value.map { PageNumber.rounded($0) } ?? PageNumber.null,
            totals.pnlPercentMean.map { PageNumber.percent($0, times: .one) } ?? PageNumber.null,
            totals.heldMean.map { PageNumber.duration($0) } ?? PageNumber.null,
        ]
    }

    /// A text in a column, cut where it is longer.
    private static func padded(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text + String(repeating: " ", count: width - text.count) }
        return text.prefix(width - 1) + "…"
    }
}

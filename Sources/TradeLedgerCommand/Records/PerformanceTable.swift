internal import Projections
internal import Statistics
internal import TradeModel

/// A table of groups for people, with a line of totals.
struct PerformanceTable {
    private let table: GroupTable
    private let columnCount: Int
    private let palette: Palette

    private static let nameColumnCountMin = 8
    private static let pnlColumn = 5

    /// A table with lines of so many columns.
    init(_ table: GroupTable, columnCount: Int, _ palette: Palette) {
        (self.table, self.columnCount, self.palette) = (table, columnCount, palette)
    }

    /// The lines, without line feeds, and without hidden characters but for the colours.
    var lines: [String] {
        let title = "by \(table.grouping.rawValue)"
        let header = [
            "trades", "win", "draw", "loss", "win %", "P&L " + TerminalText.escaped(table.quote.text), "mean %", "held",
        ]
        let names = [title] + table.lines.map { TerminalText.escaped($0.group?.text ?? PageNumber.null) } + ["TOTAL"]
        let rows = [header] + table.lines.map { Self.cells($0.totals) } + [Self.cells(table.total)]
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let room = columnCount - widths.reduce(0) { $0 + $1 + 2 }
        let nameWidth = min(names.map(\.count).max() ?? 0, max(room, Self.nameColumnCountMin))
        return zip(names, rows).enumerated().map { place, line in
            let cells = zip(line.1, widths).enumerated().map { column, cell in
                let isGain = column == Self.pnlColumn && place > 0
                return "  " + String(repeating: " ", count: cell.1 - cell.0.count)
                    + (isGain ? palette.gain(cell.0) : cell.0)
            }
            let text = Self.padded(line.0, to: nameWidth) + cells.joined()
            return place == 0 ? palette.bold(text) : text
        }
    }

    private static func cells(_ totals: GroupTotals) -> [String] {
        [
            "\(totals.count)", "\(totals.winCount)", "\(totals.drawCount)", "\(totals.lossCount)",
            totals.winRate.map { PageNumber.percentage($0) } ?? PageNumber.null,
            totals.pnl.value.map { PageNumber.rounded($0) } ?? PageNumber.null,
            totals.pnlPercentMean.map { PageNumber.percentage($0, times: .one) } ?? PageNumber.null,
            totals.heldMean.map { PageNumber.duration($0) } ?? PageNumber.null,
        ]
    }

    /// A text in a column, cut where it is longer.
    private static func padded(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text + String(repeating: " ", count: width - text.count) }
        return text.prefix(width - 1) + "…"
    }
}

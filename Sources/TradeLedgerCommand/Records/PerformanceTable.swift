internal import Projections
internal import Statistics
internal import TradeModel

/// A table of groups for people, with a line of totals.
struct PerformanceTable {
    /// A column beside the names: its heading, its cells, and whether they are profits and losses.
    private struct Column {
        let heading: String
        let cells: [String]
        var isGain = false

        var width: Int { ([heading] + cells).map(\.count).max() ?? 0 }
    }

    private let title: String
    private let names: [String]
    private let columns: [Column]
    private let palette: Palette

    /// So many of the columns with totals come before the figures.
    private static let mainCount = 3
    private static let nameWidthMax = 18

    /// A table whose lines have so many columns at most; nil for as many as they need.
    ///
    /// `rows` has the figures of each group, where they are known. The last columns are dropped until the names of the
    /// groups have space.
    init(_ table: GroupTable, _ rows: [PerformanceRow] = [], columnCount: Int?, _ palette: Palette) {
        self.palette = palette
        title = "by \(table.grouping.rawValue)"
        let names = table.lines.map { TerminalText.escaped($0.group?.text ?? PageNumber.null) } + ["TOTAL"]
        let sums = Self.sums(table)
        var columns = sums.prefix(Self.mainCount) + Self.figures(table, rows) + sums.dropFirst(Self.mainCount)
        let nameWidth = ([title] + names).map(\.count).max() ?? 0
        guard let columnCount else {
            (self.names, self.columns) = (names, Array(columns))
            return
        }
        while columns.count > 1, Self.room(Array(columns), columnCount) < min(nameWidth, Self.nameWidthMax) {
            columns.removeLast()
        }
        let room = max(Self.room(Array(columns), columnCount), title.count)
        self.names = names.map { $0.count > room ? $0.prefix(room - 1) + "…" : $0 }
        self.columns = Array(columns)
    }

    /// The lines, without line feeds; the colours are their only hidden characters.
    var lines: [String] {
        let nameWidth = ([title] + names).map(\.count).max() ?? 0
        let heading = columns.reduce(Self.padded(title, nameWidth)) { $0 + Self.cell($1.heading, $1.width) }
        return [palette.bold(heading)]
            + names.indices.map { line in
                var text = Self.padded(names[line], nameWidth)
                for column in columns {
                    let cell = column.cells[line]
                    text += Self.cell(cell, column.width, shown: column.isGain ? palette.gain(cell) : cell)
                }
                while text.last == " " { text.removeLast() }
                return text
            }
    }

    private static func room(_ columns: [Column], _ columnCount: Int) -> Int {
        columnCount - columns.reduce(0) { $0 + gap + $1.width }
    }

    private static let gap = 2

    private static func cell(_ cell: String, _ width: Int, shown: String? = nil) -> String {
        String(repeating: " ", count: gap + width - cell.count) + (shown ?? cell)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: width - text.count)
    }

    /// The columns that have a total, the most important ones first.
    private static func sums(_ table: GroupTable) -> [Column] {
        let totals = table.lines.map(\.totals) + [table.total]
        func column(_ heading: String, isGain: Bool = false, _ cell: (GroupTotals) -> String?) -> Column {
            Column(heading: heading, cells: totals.map { cell($0) ?? PageNumber.null }, isGain: isGain)
        }
        return [
            column("P&L " + TerminalText.escaped(table.quote.text), isGain: true) {
                $0.pnl.value.map { PageNumber.rounded($0) }
            },
            column("trades") { "\($0.count)" },
            column("win %") { $0.winRate.map { PageNumber.percentage($0) } },
            column("mean %") { $0.pnlPercentMean.map { PageNumber.percentage($0, times: .one) } },
            column("held") { $0.heldMean.map { PageNumber.duration($0) } },
            column("win") { "\($0.winCount)" },
            column("draw") { "\($0.drawCount)" },
            column("loss") { "\($0.lossCount)" },
        ]
    }

    /// The figures of groups that have no total.
    private static func figures(_ table: GroupTable, _ rows: [PerformanceRow]) -> [Column] {
        guard !rows.isEmpty else { return [] }
        let lines = table.lines.map { line in
            rows.first { $0.figures.quote == table.quote && $0.figures.group == line.group }
        }
        let columns = [("return", "twr"), ("Sharpe", "sharpe"), ("drawdown", "max_drawdown")].map { heading, name in
            let column = PerformanceColumn.figures.first { $0.name == name }
            let cells = lines.map { row -> String in
                guard let column, let row else { return PageNumber.null }
                return PageNumber.text(column.value(row).value, column.unit, quote: "")
            }
            return Column(heading: heading, cells: cells + [""])
        }
        return columns.filter { $0.cells.dropLast().contains { $0 != PageNumber.null } }
    }
}

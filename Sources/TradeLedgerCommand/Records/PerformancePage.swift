internal import Projections
internal import Replay
internal import Statistics
internal import TradeModel

/// The figures as a page for people: all of them by currency, tables of groups, and what the figures rest on.
struct PerformancePage {
    private let rows: [PerformanceRow]
    private let tables: [GroupTable]
    private let query: PerformanceQuery
    private let positions: [PerformanceReplay.Position]
    private let columnCount: Int
    /// Whether tables have all their columns.
    private let isWide: Bool
    private let palette: Palette

    /// The groups of which the page has tables.
    static let groupings: [Grouping] = [.symbol, .tag, .reason, .month]

    private static let columnCountMax = 120
    private static let unpricedCountMax = 6
    /// A repetition, and what JSON alone shows.
    private static let excluded = ["closed", "drawdowns"]

    /// A page with lines of so many columns, of which it uses at most 120.
    init(
        _ rows: [PerformanceRow],
        _ tables: [GroupTable],
        _ query: PerformanceQuery,
        _ positions: [PerformanceReplay.Position],
        columnCount: Int,
        isWide: Bool,
        _ palette: Palette
    ) {
        (self.rows, self.tables, self.query, self.positions) = (rows, tables, query, positions)
        (self.isWide, self.palette) = (isWide, palette)
        self.columnCount = min(columnCount, Self.columnCountMax)
    }

    /// The lines, without line feeds; the colours are their only hidden characters.
    var lines: [String] {
        guard !rows.isEmpty else { return ["no trades"] + foot }
        if let grouping = query.grouping {
            return lines(of: GroupTable.all(grouping, rows.map(\.figures)), rows)
                + unpricedNotes(of: rows).flatMap { wrapped(TerminalText.escaped($0)) } + foot
        }
        return rows.flatMap { row in
            lines(of: row) + lines(of: tables.filter { $0.quote == row.figures.quote && $0.hasGroups })
        } + foot
    }

    /// The figures of a currency.
    private func lines(of row: PerformanceRow) -> [String] {
        let quote = TerminalText.escaped(row.figures.quote.text)
        let entries = PerformanceColumn.figures.filter { !Self.excluded.contains($0.name) }.map { column in
            let figure = column.value(row)
            return Entry(
                name: column.label,
                value: TerminalText.escaped(PageNumber.text(figure.value, column.unit, quote: quote)),
                isText: column.unit == .text,
                n: "\(figure.n)"
            )
        }
        let title = palette.bold("performance in \(quote.isEmpty ? "no currency" : quote)")
        return [title, ""] + Entry.lines(entries, columnCount) + curve(row) + notes(row) + [""]
    }

    /// The equity of the period as one line.
    private func curve(_ row: PerformanceRow) -> [String] {
        let line = Sparkline.text(row.figures.curve, columnCountMax: columnCount)
        guard !line.isEmpty else { return [] }
        let name = row.figures.isCurveOfEquity ? "equity by day" : "sum of P&L by day"
        return ["", palette.bold(name), line]
    }

    /// Why figures are null, each reason with the figures.
    private func notes(_ row: PerformanceRow) -> [String] {
        var names: [(reason: String, names: [String])] = []
        for column in PerformanceColumn.figures where !Self.excluded.contains(column.name) {
            guard let reason = column.value(row).reason else { continue }
            if let index = names.firstIndex(where: { $0.reason == reason }) {
                names[index].names.append(column.label)
            } else {
                names.append((reason, [column.label]))
            }
        }
        let notes =
            names.map { "\(PageNumber.null) \($0.reason): \($0.names.joined(separator: " · "))" }
            + unpricedNotes(of: [row])
        return notes.isEmpty ? [] : [""] + notes.flatMap { wrapped(TerminalText.escaped($0)) }
    }

    /// What lacks a price.
    private func unpricedNotes(of rows: [PerformanceRow]) -> [String] {
        let unpriced = Set(rows.flatMap(\.figures.unpriced)).sorted()
        guard !unpriced.isEmpty else { return [] }
        let rest = unpriced.count - Self.unpricedCountMax
        return [
            "no price of " + unpriced.prefix(Self.unpricedCountMax).joined(separator: " · ")
                + (rest > 0 ? " and \(rest) more, which JSON lists" : "")
        ]
    }

    private func lines(of tables: [GroupTable], _ rows: [PerformanceRow] = []) -> [String] {
        tables.flatMap { table in
            PerformanceTable(table, rows, columnCount: isWide ? nil : columnCount, palette).lines + [""]
        }
    }

    /// The period, the convention and the ledgers with their roots.
    private var foot: [String] {
        var lines: [String] = []
        if let since = rows.map(\.figures.since).min(), let until = rows.map(\.figures.until).max() {
            lines += wrapped("trades closed from \(PageNumber.time(since)) to \(PageNumber.time(until)) UTC")
            let counts = query.grouping == nil ? "n is the number of trades, days or payments of a figure; " : ""
            lines += wrapped("\(counts)convention \(query.convention.rawValue)")
        }
        return lines
            + positions.flatMap { position in
                let name = position.name.map { "\($0), " } ?? ""
                return wrapped(
                    "ledger \(name)\(position.ledgerID) up to sequence \(position.lastSequence), root \(position.root)"
                )
            }
    }

    /// A text in lines that fit; further lines are indented.
    private func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > columnCount {
                lines.append(line)
                line = "  " + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}

/// A figure on the page: its name, its value and what it rests on.
private struct Entry {
    let name: String
    let value: String
    /// Whether the value is a text of people, which may be cut.
    let isText: Bool
    let n: String

    private static let gap = 4
    private static let valueWidthMin = 8

    /// The entries below each other; where there is room, in two columns that are read from top to bottom.
    static func lines(_ entries: [Entry], _ columnCount: Int) -> [String] {
        let half = (entries.count + 1) / 2
        let (left, right) = (Array(entries.prefix(half)), Array(entries.dropFirst(half)))
        let width = (columnCount - gap) / 2
        guard let leftBlock = block(left, width), let rightBlock = block(right, width) else {
            return block(entries, columnCount) ?? entries.map { "\($0.name)  \($0.value)  n \($0.n)" }
        }
        return leftBlock.indices.map { index in
            guard index < rightBlock.count else { return leftBlock[index] }
            return leftBlock[index] + String(repeating: " ", count: gap) + rightBlock[index]
        }
    }

    /// Lines of one width: names to the left, values and what they rest on to the right; nil where they do not fit.
    private static func block(_ entries: [Entry], _ width: Int) -> [String]? {
        let nameWidth = entries.map(\.name.count).max() ?? 0
        let nWidth = entries.map(\.n.count).max() ?? 0
        let room = width - nameWidth - nWidth - "    n ".count
        let numberWidth = entries.filter { !$0.isText }.map(\.value.count).max() ?? 0
        guard numberWidth <= room, valueWidthMin <= room else { return nil }
        let valueWidth = min(room, entries.map(\.value.count).max() ?? 0)
        return entries.map { entry in
            let name = entry.name + String(repeating: " ", count: nameWidth - entry.name.count)
            let value = entry.value.count > valueWidth ? entry.value.prefix(valueWidth - 1) + "…" : entry.value
            let n = String(repeating: " ", count: nWidth - entry.n.count) + entry.n
            return "\(name)  " + String(repeating: " ", count: valueWidth - value.count) + "\(value)  n \(n)"
        }
    }
}

/// A line of bars.
private enum Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█")

    /// One bar for each value; where there are more values than columns, the last value of equal parts of them.
    static func text(_ values: [Double], columnCountMax: Int) -> String {
        guard let least = values.min(), let most = values.max() else { return "" }
        let count = min(values.count, columnCountMax)
        let shown = (0..<count).map { values[($0 + 1) * values.count / count - 1] }
        let step = (most - least) / Double(bars.count)
        return String(shown.map { step > 0 ? bars[min(Int(($0 - least) / step), bars.count - 1)] : bars[0] })
    }
}

internal import Projections
internal import TradeModel

/// The columns of one kind of record, and what a table adds to its rows.
struct Listing {
    /// What the records are, such as `trades`.
    let noun: String
    let columns: [Table.Column]
    /// The column with the currency in which the summed columns of a row are; nil where nothing is added up.
    var currencyColumn: String?
    /// The text for a number that there is not.
    var absentNumber = "–"
    /// The rows that count in no total: those with this value in a column.
    var excluded: (column: String, value: String)?

    /// The records of some rows.
    init<Row>(_ noun: String, _ columns: [Column<Row>], totalBy currencyColumn: String? = nil) {
        self.noun = noun
        self.columns = columns.filter(\.isPrinted).map { column in
            Table.Column(
                name: column.name,
                look: column.look,
                isNumber: column.type == .numeric || column.type == .bigint
            )
        }
        self.currencyColumn = currencyColumn
    }

    /// Records with these columns.
    init(_ noun: String, _ columns: [Table.Column], totalBy currencyColumn: String) {
        (self.noun, self.columns, self.currencyColumn) = (noun, columns, currencyColumn)
    }

    /// Records with these names; those without a look are details.
    init(_ noun: String, _ names: [String], looks: [String: TableLook]) {
        self.noun = noun
        columns = names.map { Table.Column(name: $0, look: looks[$0] ?? .detail, isNumber: false) }
    }

    /// How many digits after the point people see of a number.
    static func fractionDigitCount(_ kind: TableLook.Kind) -> Int {
        switch kind {
        case .plain, .prose: 8
        case .money, .gain: 2
        }
    }
}

extension Listing {
    /// The columns of events in a table and in CSV.
    static let events: Listing = {
        var listing = Listing(
            "events",
            ["sequence", "recorded_at", "event_id", "type", "trade_id", "occurred_at", "subject"]
                + Field.all.filter { $0 != .tradeID }.map(\.name),
            looks: [
                "sequence": .key, "type": .key, "subject": .key, "occurred_at": .main, "symbol": .main, "side": .more,
                "amount": .main, "price": .main, "fee_cost": .more, "reason": TableLook(.more, .prose),
            ]
        )
        // Most types of events have no numbers.
        listing.absentNumber = ""
        return listing
    }()
}

/// A table for people: its lines fit a page as far as its key columns do.
struct Table {
    /// A column with its heading.
    struct Column {
        let name: String
        let look: TableLook
        /// Whether it holds numbers, which end in the same place.
        var isNumber: Bool
    }

    let columns: [Column]
    /// The cells as they are shown.
    let rows: [[String]]
    /// The totals below the rows.
    let totals: [[String]]

    private static let gap = 2
    /// The least that is shown of a text that is too long for the page.
    private static let proseWidthMin = 40
    /// A longer cell would pad every row to its width; JSON and CSV print it in full.
    private static let paddedCellLengthMax = 256

    /// The lines of the table, with as many columns as fit, and how many do not; `width` is nil for all columns.
    func lines(width: Int?, _ palette: Palette) -> (lines: [String], droppedCount: Int) {
        let natural = columns.indices.map(naturalWidth)
        var shown = Array(columns.indices)
        var widths = natural
        if let width {
            let least = columns.indices.map { index in
                columns[index].look.kind == .prose ? min(natural[index], Self.proseWidthMin) : natural[index]
            }
            while Self.sum(shown, least) > width, let next = leastImportant(of: shown) {
                shown.removeAll { $0 == next }
            }
            widths = least
            widen(shown, &widths, to: natural, within: width)
        }
        // Nothing follows the last text of a line, so it is cut only to fit the page.
        if let last = shown.last, !columns[last].isNumber, width == nil || columns[last].look.kind != .prose {
            widths[last] = .max
        }
        let heading = line(columns.map(\.name), shown, widths) { palette.bold($1) }
        let body = rows.map { line($0, shown, widths) { palette.cell($1, columns[$0]) ?? $1 } }
        let end = totals.map { line($0, shown, widths) { palette.cell($1, columns[$0]) ?? palette.bold($1) } }
        return ([heading] + body + end, columns.count - shown.count)
    }

    private func naturalWidth(_ index: Int) -> Int {
        let longest = (rows + totals).map { $0[index].count }.max() ?? 0
        return max(columns[index].name.count, min(longest, Self.paddedCellLengthMax))
    }

    private static func sum(_ shown: [Int], _ widths: [Int]) -> Int {
        shown.reduce(0) { $0 + widths[$1] } + gap * max(0, shown.count - 1)
    }

    /// The column to drop next; nil if only key columns are left.
    private func leastImportant(of shown: [Int]) -> Int? {
        let rest = shown.filter { columns[$0].look.importance != .key }
        guard let least = rest.map({ columns[$0].look.importance }).min() else { return nil }
        return rest.last { columns[$0].look.importance == least }
    }

    /// Gives the space that is left to the texts that were cut.
    private func widen(_ shown: [Int], _ widths: inout [Int], to natural: [Int], within width: Int) {
        for index in shown where widths[index] < natural[index] {
            widths[index] += min(natural[index] - widths[index], max(0, width - Self.sum(shown, widths)))
        }
    }

    private func line(
        _ cells: [String],
        _ shown: [Int],
        _ widths: [Int],
        _ style: (Int, String) -> String
    ) -> String {
        var text = ""
        // Spaces are written only before a cell, so no line ends in one.
        var spaceCount = 0
        for index in shown {
            let cell = Self.cut(cells[index], to: widths[index])
            let paddingCount = widths[index] == .max ? 0 : max(0, widths[index] - cell.count)
            if !cell.isEmpty {
                if columns[index].isNumber { spaceCount += paddingCount }
                text += String(repeating: " ", count: spaceCount) + style(index, cell)
                spaceCount = 0
            }
            if cell.isEmpty || !columns[index].isNumber { spaceCount += paddingCount }
            spaceCount += Self.gap
        }
        return text
    }

    private static func cut(_ cell: String, to width: Int) -> String {
        guard let end = cell.index(cell.startIndex, offsetBy: width, limitedBy: cell.endIndex), end < cell.endIndex
        else { return cell }
        return cell[..<cell.index(before: end)] + "…"
    }
}

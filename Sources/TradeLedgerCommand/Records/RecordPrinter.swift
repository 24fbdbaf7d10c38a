internal import TradeModel

/// Prints records of one kind in the chosen format: a table for people, JSON lines or CSV for programs.
///
/// Text for people has no hidden characters, even if it reaches a terminal through a pager.
struct RecordPrinter: ~Copyable {
    private let format: OutputFormat
    /// The columns of a table, where not all of them.
    private let tableColumns: [String]?
    private var output = StandardOutput()
    private var rows: [[String]] = []
    /// The names of the columns: noted with the first record, and printed before it where that is not a table.
    private var header: [String]?
    private var isHeaderPrinted = false

    init(_ format: OutputFormat, tableColumns: [String]? = nil) {
        self.format = format
        self.tableColumns = tableColumns
    }

    /// Prints one record alone.
    static func print(_ record: Record, _ settings: Settings) throws {
        var printer = RecordPrinter(settings.format)
        try printer.print(record)
        try printer.finish()
    }

    /// Prints one record alone; as a table each value has a line of its own, below a heading.
    static func printTall(_ record: Record, heading: String, _ settings: Settings) throws {
        guard settings.format == .table else { return try print(record, settings) }
        var printer = RecordPrinter(settings.format)
        for (name, cell) in record { try printer.print([(heading, .text(name)), ("value", .text(cell.plain))]) }
        try printer.finish()
    }

    /// Prints a record.
    ///
    /// A table appears at the end, because its widths depend on all rows.
    mutating func print(_ record: Record) throws { try print(line: line(record)) }

    /// Formats a record for `print(line:)`, for callers that print it later.
    mutating func line(_ record: Record) -> [UInt8] {
        switch format {
        case .json: return record.json
        case .csv:
            header = header ?? [record.csvHeader]
            return Array(record.csv.utf8)
        case .table:
            let shown = record.filter { tableColumns?.contains($0.name) ?? true }
            header = header ?? shown.map(\.name)
            let cells = shown.map { TerminalText.escaped($0.cell.plain) }
            return Array(cells.joined(separator: Self.cellSeparator).utf8)
        }
    }

    /// An escaped value does not hold it.
    private static let cellSeparator = "\0"

    /// Prints a record that `line` has made a line of.
    mutating func print(line: [UInt8]) throws {
        if format == .table {
            let cells = line.split(separator: 0, omittingEmptySubsequences: false)
            return rows.append(cells.map { String(decoding: $0, as: UTF8.self) })
        }
        if let header, !isHeaderPrinted { for line in header { try output.line(line) } }
        isHeaderPrinted = true
        try output.line(line)
    }

    /// Prints a line for people that is no row of a table.
    mutating func print(text line: String) throws { try output.line(TerminalText.escaped(line)) }

    /// Prints an event as the line of JSON that a ledger takes.
    mutating func print(json event: Event, _ ledgerID: EventID) throws {
        var line: [UInt8] = []
        EventJSON.write(event, ledgerID: ledgerID, into: &line)
        try output.line(line.dropLast())
    }

    /// Flushes the buffered output, so that a waiting reader sees it.
    mutating func flush() throws {
        try output.flush()
    }

    /// Prints what is left.
    mutating func finish() throws {
        if let header, format == .table { try printTable([header] + rows) }
        try output.flush()
    }

    /// A cell that is longer makes every row as wide, for a line of a MiB by a MiB; JSON and CSV have it whole.
    private static let paddedCellLengthMax = 256

    /// The cell as it is shown before another one: cut where it is too long.
    private static func cut(_ cell: String) -> String {
        guard let end = cell.index(cell.startIndex, offsetBy: paddedCellLengthMax, limitedBy: cell.endIndex),
            end < cell.endIndex
        else { return cell }
        return cell[..<cell.index(before: end)] + "…"
    }

    private mutating func printTable(_ rows: [[String]]) throws {
        let lines = rows.map { $0.dropLast().map(Self.cut) + $0.suffix(1) }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        for line in lines {
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            try output.line(text)
        }
    }
}

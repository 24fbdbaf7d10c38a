internal import TradeModel

/// Prints records of one kind in the chosen format: a table for people, JSON lines or CSV for programs.
///
/// Text for people has no hidden characters, even if it reaches a terminal through a pager.
struct RecordPrinter: ~Copyable {
    private let format: OutputFormat
    /// The columns that a table shows; nil for all.
    private let tableColumns: [String]?
    private var output = StandardOutput()
    private var rows: [[String]] = []
    /// The names of the columns, from the first record; in CSV they are printed before it.
    private var header: [String]?
    private var isHeaderPrinted = false

    init(_ format: OutputFormat, tableColumns: [String]? = nil) {
        self.format = format
        self.tableColumns = tableColumns
    }

    /// Prints a single record.
    static func print(_ record: Record, _ settings: Settings) throws {
        var printer = RecordPrinter(settings.format)
        try printer.print(record)
        try printer.finish()
    }

    /// Prints a single record; a table has one line for each value, below a heading.
    static func printTall(_ record: Record, heading: String, _ settings: Settings) throws {
        guard settings.format == .table else { return try print(record, settings) }
        var printer = RecordPrinter(settings.format)
        for (name, cell) in record { try printer.print([(heading, .text(name)), ("value", .text(cell.plain))]) }
        try printer.finish()
    }

    /// Prints a record.
    ///
    /// A table is printed at the end, because the widths of its columns depend on all rows.
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

    /// A character that no escaped value contains.
    private static let cellSeparator = "\0"

    /// Prints a record that `line` formatted.
    mutating func print(line: [UInt8]) throws {
        if format == .table {
            let cells = line.split(separator: 0, omittingEmptySubsequences: false)
            return rows.append(cells.map { String(decoding: $0, as: UTF8.self) })
        }
        if let header, !isHeaderPrinted { for line in header { try output.line(line) } }
        isHeaderPrinted = true
        try output.line(line)
    }

    /// Prints a line for people outside any table.
    mutating func print(text line: String) throws { try output.line(TerminalText.escaped(line)) }

    /// The columns that a table of events shows.
    static let eventColumns = [
        "sequence", "occurred_at", "type", "subject", "symbol", "side", "amount", "price", "fee_cost", "reason",
    ]

    /// Prints an event; as JSON, it is the line that `append` accepts.
    mutating func print(_ event: Event, _ ledgerID: EventID) throws {
        try format == .json ? output.line(event.json(ledgerID)) : print(Record.event(event))
    }

    /// Flushes the buffered output, so that a waiting reader sees it.
    mutating func flush() throws { try output.flush() }

    /// Prints everything that is left.
    mutating func finish() throws {
        if let header, format == .table { try printTable([header] + rows) }
        try output.flush()
    }

    /// A longer cell would pad every row to its width; JSON and CSV print it in full.
    private static let paddedCellLengthMax = 256

    /// The cell, cut if it is too long to have another one after it.
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

/// Prints the results of a check, whose exit status is the verdict even if standard output fails.
///
/// `tradeledger verify | head -1` must not exit with 0 only because `head` closed the pipe before the verdict was
/// printed. So the findings also go to stderr, on one line.
struct CheckPrinter: ~Copyable {
    private var printer: RecordPrinter
    private let settings: Settings
    /// The error that ended the output; further records are dropped.
    private var failure: (any Error)?

    init(_ settings: Settings) {
        self.settings = settings
        printer = RecordPrinter(settings.format)
    }

    mutating func print(_ record: Record) {
        attempt { printer throws in try printer.print(record) }
    }

    /// Prints a single record; a table has one line for each value, below a heading.
    mutating func printTall(_ record: Record, heading: String) {
        let settings = settings
        attempt { _ throws in try RecordPrinter.printTall(record, heading: heading, settings) }
    }

    /// Prints everything that is left.
    mutating func flush() {
        attempt { printer throws in try printer.finish() }
    }

    /// Prints everything that is left and, on stderr, the findings; returns the status of the verdict.
    ///
    /// Throws the error that ended the output if there are no findings.
    mutating func finish(_ status: ExitStatus, findings: String?) throws -> ExitStatus {
        flush()
        guard let findings else {
            if let failure { throw failure }
            return status
        }
        settings.log.say(.error, findings)
        if let failure, !(failure is StandardOutput.Closed) {
            settings.log.say(.warning, Failure(failure).message)
        }
        return status
    }

    private mutating func attempt(_ body: (inout RecordPrinter) throws -> Void) {
        guard failure == nil else { return }
        do { try body(&printer) } catch { failure = error }
    }
}

internal import TradeModel

/// Prints records of one kind in the chosen format: a table for people, JSON lines or CSV for programs.
struct RecordPrinter: ~Copyable {
    private let format: OutputFormat
    /// The columns of a table, where not all of them.
    private let tableColumns: [String]?
    private var output = StandardOutput()
    private var rows: [[String]] = []
    private var header: [String]?

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
    mutating func print(_ record: Record) throws {
        switch format {
        case .json:
            try output.write(record.json)
            try output.line("")
        case .csv:
            if header == nil {
                header = record.map(\.name)
                try output.line(record.csvHeader)
            }
            try output.line(record.csv)
        case .table:
            let shown = record.filter { tableColumns?.contains($0.name) ?? true }
            header = header ?? shown.map(\.name)
            rows.append(shown.map(\.cell.plain))
        }
    }

    /// Prints an event as the line of JSON that a ledger takes.
    mutating func print(json event: Event, _ ledgerID: EventID) throws {
        var line: [UInt8] = []
        EventJSON.write(event, ledgerID: ledgerID, into: &line)
        try output.write(line)
    }

    /// Writes what was gathered so far, so that a reader who waits sees it.
    mutating func flush() throws {
        try output.flush()
    }

    /// Prints what is left.
    mutating func finish() throws {
        if let header, format == .table { try printTable([header] + rows) }
        try output.flush()
    }

    private mutating func printTable(_ lines: [[String]]) throws {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        for line in lines {
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            try output.line(text)
        }
    }
}

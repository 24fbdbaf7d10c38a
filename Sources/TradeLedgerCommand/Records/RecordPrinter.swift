internal import Glibc
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// Prints records of one kind in the chosen format: a table for people, JSON lines or CSV for programs.
///
/// Text for people has no hidden characters, even if it reaches a terminal through a pager.
struct RecordPrinter: ~Copyable {
    private let settings: Settings
    private let format: OutputFormat
    /// The columns of the records; nil where the first record tells them, and all are shown in full.
    private let listing: Listing?
    private var columns: [Table.Column]
    private var output = StandardOutput()
    private var rows: [[String]] = []
    /// What people read instead of a table, or before one.
    private var text: [String] = []
    private var isHeaderPrinted = false

    /// Prints in the format of the settings, unless another one is given.
    init(_ settings: Settings, _ listing: Listing? = nil, format: OutputFormat? = nil) {
        self.settings = settings
        self.listing = listing
        self.format = format ?? settings.format
        columns = listing?.columns ?? []
    }

    /// Prints a single record.
    static func print(_ record: Record, _ settings: Settings) throws {
        var printer = RecordPrinter(settings)
        try printer.print(record)
        try printer.finish()
    }

    /// Prints a single record; a table has one line for each value, below a heading.
    static func printTall(_ record: Record, heading: String, _ settings: Settings) throws {
        guard settings.format == .table else { return try print(record, settings) }
        var printer = RecordPrinter(settings)
        for (name, cell) in record {
            try printer.print([(heading, .text(name)), ("value", .text(settings.isExact ? cell.plain : cell.shown))])
        }
        try printer.finish()
    }

    /// Prints a record.
    ///
    /// A table is printed at the end, because the widths of its columns depend on all rows.
    mutating func print(_ record: Record) throws { try print(line: line(record)) }

    /// Formats a record for `print(line:)`, for callers that print it later.
    mutating func line(_ record: Record) -> [UInt8] {
        if columns.isEmpty { columns = record.map { Table.Column(name: $0.name, look: .key, isNumber: false) } }
        switch format {
        case .json: return record.json
        case .csv: return Array(record.csv.utf8)
        case .table:
            for index in columns.indices where record[index].cell.isNumber { columns[index].isNumber = true }
            let isRounded = listing != nil && !settings.isExact
            let cells = record.map { TerminalText.escaped(isRounded ? $0.cell.shown : $0.cell.plain) }
            return Array(cells.joined(separator: Self.cellSeparator).utf8)
        }
    }

    /// Formats a row, with these columns, for `print(line:)`.
    mutating func line<Row>(_ row: Row, _ columns: [Column<Row>]) -> [UInt8] {
        guard format == .json else { return line(Record(row, columns)) }
        var json = JSONWriter()
        json.row(row, columns)
        return json.bytes
    }

    /// A character that no escaped value contains.
    private static let cellSeparator = "\0"

    /// Prints a record that `line` formatted.
    mutating func print(line: [UInt8]) throws {
        if format == .table {
            let cells = line.split(separator: 0, omittingEmptySubsequences: false)
            return rows.append(cells.map { String(decoding: $0, as: UTF8.self) })
        }
        try printHeader()
        try output.line(line)
    }

    /// Prints the names of the columns in CSV, once.
    private mutating func printHeader() throws {
        guard format == .csv, !isHeaderPrinted, !columns.isEmpty else { return }
        isHeaderPrinted = true
        try output.line(Record.csvHeader(columns.map(\.name)))
    }

    /// Prints a line for people outside any table.
    mutating func print(text line: String) { text.append(TerminalText.escaped(line)) }

    /// Prints an event; as JSON, it is the line that `append` accepts.
    mutating func print(_ event: Event, _ ledgerID: EventID) throws {
        try format == .json ? output.line(event.json(ledgerID)) : print(Record.event(event))
    }

    /// Flushes the buffered output, so that a waiting reader sees it.
    mutating func flush() throws { try output.flush() }

    /// Prints everything that is left.
    mutating func finish() throws {
        guard format == .table else {
            try printHeader()
            return try output.flush()
        }
        let table = composeTable()
        try Pager.show(text + table.lines)
        guard table.droppedCount > 0 else { return }
        let columns = counted(table.droppedCount, "column")
        settings.log.say(.info, "left out \(columns) that would not fit; --wide shows all")
    }

    private func composeTable() -> (lines: [String], droppedCount: Int) {
        guard !rows.isEmpty else { return (listing.map { ["no \($0.noun)"] } ?? [], 0) }
        guard listing != nil else { return (composeRecords(), 0) }
        let totals = Totals(of: rows, columns, listing)
        let table = Table(
            columns: columns,
            rows: rows.map { shown($0) },
            totals: totals.rows.map { shown($0, isTotal: true) }
        )
        return table.lines(width: settings.isWide ? nil : Settings.columnCount, Palette())
    }

    /// The lines of a table of a few records, which are exact and without the columns that have no value.
    private func composeRecords() -> [String] {
        let used = columns.indices.filter { index in rows.contains { !$0[index].isEmpty } }
        let table = Table(
            columns: used.map { columns[$0] },
            rows: rows.map { row in used.map { row[$0] } },
            totals: []
        )
        return table.lines(width: nil, Palette()).lines
    }

    /// The cells of a row as people see them: numbers are rounded, and a number that there is not is a dash.
    private func shown(_ row: [String], isTotal: Bool = false) -> [String] {
        guard let listing else { return row }
        return zip(row, columns).map { cell, column in
            guard column.isNumber else { return cell }
            if cell.isEmpty { return isTotal && !column.look.isSummed ? "" : listing.absentNumber }
            guard !settings.isExact, let number = Decimal(known: cell) else { return cell }
            return number.rounded(toFractionDigits: Listing.fractionDigitCount(column.look.kind)).description
        }
    }
}

extension Decimal {
    /// The number of a text that a decimal gave; nil for any other text.
    init?(known text: String) {
        do throws(DecimalError) { self = try Decimal(text) } catch { return nil }
    }
}

/// The rows with the totals of a table, one for each currency.
private struct Totals {
    private(set) var rows: [[String]] = []

    init(of rows: [[String]], _ columns: [Table.Column], _ listing: Listing?) {
        guard let listing, let currencies = columns.firstIndex(where: { $0.name == listing.currencyColumn }) else {
            return
        }
        let summed = columns.indices.filter { columns[$0].look.isSummed }
        let excluded = listing.excluded
        let excludedIndex = columns.firstIndex { $0.name == excluded?.column }
        var order: [String] = []
        var sums: [String: [ExactSum?]] = [:]
        for row in rows {
            if let excludedIndex, row[excludedIndex] == excluded?.value { continue }
            let currency = row[currencies]
            if sums[currency] == nil { order.append(currency) }
            var total = sums[currency] ?? summed.map { _ in ExactSum() }
            for (place, index) in summed.enumerated() {
                // What is unknown in one row is unknown in the total.
                if let number = Decimal(known: row[index]) { total[place]?.add(number) } else { total[place] = nil }
            }
            sums[currency] = total
        }
        for currency in order {
            var row = columns.map { _ in "" }
            row[0] = currency.isEmpty ? "TOTAL" : "TOTAL \(currency)"
            for (place, index) in summed.enumerated() { row[index] = sums[currency]?[place]?.value?.description ?? "" }
            self.rows.append(row)
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
        printer = RecordPrinter(settings)
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

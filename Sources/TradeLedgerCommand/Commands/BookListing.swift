internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// What the commands share that list rows of `Books`.
enum BookListing {
    /// The options of each of them.
    static let moment = [
        Option("--as-of", "T", "counts only events that the ledger recorded up to this time"),
        Option("--as-of-sequence", "N", "counts only events up to this sequence"),
    ]

    /// The books at the moment that the options name, and the trades that were open then.
    static func books(
        _ arguments: CommandLineArguments,
        _ settings: Settings,
        keepingRecords: Bool = false
    ) throws -> (books: Books, openTrades: [TradeHistory]) {
        let moment = try arguments.moment(time: "--as-of", sequence: "--as-of-sequence")
        let reader = try settings.reader()
        return try settings.withProgress("events", total: try reader.durableSequence()) { onEvent in
            try BooksReplay(reader).books(asOf: moment, keepingRecords: keepingRecords, onEvent: onEvent)
        }
    }

    /// The decisions, predictions and alerts at that moment.
    static func records(_ arguments: CommandLineArguments, _ settings: Settings) throws -> (Books, BookRecords) {
        let books = try books(arguments, settings, keepingRecords: true).books
        guard let records = books.records else { preconditionFailure("the books keep their records") }
        return (books, records)
    }

    /// Prints the rows that have the values which options ask for, by the names of columns.
    static func print<Row>(
        _ noun: String,
        _ rows: [Row],
        _ columns: [Column<Row>],
        where filters: [(column: String, values: [String]?)],
        totalBy currencyColumn: String? = nil,
        _ settings: Settings
    ) throws -> ExitStatus {
        let filter = RowFilter(columns, filters)
        let printed = columns.filter(\.isPrinted)
        var printer = RecordPrinter(settings, Listing(noun, columns, totalBy: currencyColumn))
        for row in rows where filter.includes(row) { try printer.print(line: printer.line(row, printed)) }
        try printer.finish()
        return .done
    }
}

extension CommandLineArguments {
    /// The only value that an option asks for; nil where it is not there.
    func value(_ option: String) -> [String]? { self[option].map { [$0] } }
}

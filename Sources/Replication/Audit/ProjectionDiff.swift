package import Ledger
internal import Projections
package import Replay
package import TradeModel

/// Compares the rows of every projection of two sides, each a ledger at a moment or a database.
///
/// The totals of performance are not compared: they follow from the trades.
package struct ProjectionDiff {
    /// A row that differs, and the projection that has it.
    package struct Difference: Hashable, Sendable {
        /// The projection, such as `trades`.
        package let projection: String
        /// The row and the column.
        package let row: RowDifference

        /// The id of the trade; nil for a row of another projection.
        package var tradeID: String? { projection == TradeProjection.rowsName ? row.key : nil }
    }

    private let a: any DiffSide
    private let b: any DiffSide

    /// A comparison.
    package init(_ a: any DiffSide, _ b: any DiffSide) {
        (self.a, self.b) = (a, b)
    }

    /// Visits what differs, and returns how many rows of each projection do; projections without a difference are not
    /// among them.
    ///
    /// `onStep` receives how many events or rows of a projection were read, and restarts each time they are read.
    package func run(
        onStep: (UInt64) -> Void,
        _ visit: (Difference) throws -> Void
    ) throws -> [(projection: String, outcome: RowDiff.Outcome)] {
        try ComparedProjection.all.compactMap { projection in
            let diff = RowDiff(try a.rows(of: projection), try b.rows(of: projection), of: projection.form)
            let outcome = try diff.run(onStep: onStep) {
                try visit(Difference(projection: projection.name, row: $0))
            }
            return outcome.isEqual ? nil : (projection.name, outcome)
        }
    }
}

/// One side of a comparison: a ledger at a moment, or a database.
package protocol DiffSide {
    /// The ledger whose rows they are.
    var ledgerID: EventID { get }
    /// The last event that counts.
    var sequence: UInt64 { get }
    /// How many events or rows the largest projection has, for progress.
    var stepCount: UInt64 { get }

    /// The rows of a projection.
    func rows(of projection: ComparedProjection) throws -> any RowSource
}

/// A projection as `diff` compares it: its rows in a log and its rows in a database.
package struct ComparedProjection: Sendable {
    let name: String
    let form: RowForm
    /// The table or view, and the expression of each column of the form in it.
    let table: String
    let expressions: [String]
    /// The expression by which its rows are put in order.
    let place: String
    let rowsOfLog: @Sendable (LedgerSide) throws -> any RowSource

    /// Every one.
    static let all = [trades] + ProjectionList.books.map { $0.compared } + [portfolios]

    private static let trades = ComparedProjection(
        name: TradeProjection.rowsName,
        table: TradeProjection.table,
        columns: TradeRow.printedColumns,
        form: .trades,
        place: "first_sequence::text"
    ) { $0.trades }

    /// No table has them: SQL makes them of the others when they are read.
    private static let portfolios = ComparedProjection(
        name: "portfolios",
        table: "public.portfolios",
        columns: PortfolioRow.columns,
        form: RowForm(PortfolioRow.columns.map(\.name), key: ["account"])
    ) { side in
        let (books, openTrades) = try side.books()
        return BookRows(books.portfolioRows(openTrades, base: nil), PortfolioRow.columns)
    }

    fileprivate init<Row>(
        name: String,
        table: String,
        columns: [Column<Row>],
        form: RowForm,
        place: String? = nil,
        rowsOfLog: @escaping @Sendable (LedgerSide) throws -> any RowSource
    ) {
        (self.name, self.table, self.form, self.rowsOfLog) = (name, table, form, rowsOfLog)
        let key = form.keyName.replacing(" ", with: ", ")
        self.place = place ?? "(row_number() OVER (ORDER BY \(key)))::text"
        expressions = columns.map(\.canonicalText)
    }
}

extension BookProjection {
    /// Compared are the columns that its table stores and people see; computed columns follow from them.
    fileprivate static var compared: ComparedProjection {
        let columns = columns.filter { $0.expression == nil && $0.isPrinted }
        return ComparedProjection(
            name: rowsName,
            table: table,
            columns: columns,
            form: RowForm(columns.map(\.name), key: keyColumns)
        ) { side in
            BookRows(rows(try side.books().books), columns)
        }
    }
}

extension Column {
    /// A column in SQL as the canonical text that the fold of a log gives it.
    fileprivate var canonicalText: String {
        let value = expression.map { "(\($0))" } ?? name
        switch type {
        case .timestamptz:
            return """
                CASE WHEN isfinite(\(value))
                    THEN to_char(\(value) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                    ELSE \(value)::text END
                """
        case .numeric: return "trim_scale(\(value))::text"
        case .uuid, .text, .bigint, .boolean, .json: return "\(value)::text"
        }
    }
}

/// The rows that a fold has in memory.
private struct BookRows<Row: Sendable>: RowSource {
    private let rows: [Row]
    private let columns: [Column<Row>]

    init(_ rows: [Row], _ columns: [Column<Row>]) {
        (self.rows, self.columns) = (rows, columns)
    }

    func visit(onStep: () -> Void, _ body: (StatedRow) throws -> Void) throws {
        for (place, row) in rows.enumerated() {
            onStep()
            try body(StatedRow(columns.map { $0.value(row).text }, place: Int64(place)))
        }
    }
}

/// A ledger at a moment, for a comparison; later events are not visible.
package final class LedgerSide: DiffSide {
    package let sequence: UInt64
    private let reader: LedgerReader
    /// Folded when the first projection needs them.
    private var foldedBooks: (books: Books, openTrades: [TradeHistory])?

    /// The rows of a ledger, of the events up to a moment.
    package init(_ reader: LedgerReader, asOf moment: Moment) throws(LedgerError) {
        self.reader = reader
        sequence = try moment.lastSequence(reader)
    }

    package var ledgerID: EventID { reader.ledgerID }

    package var stepCount: UInt64 { sequence }

    package func rows(of projection: ComparedProjection) throws -> any RowSource { try projection.rowsOfLog(self) }

    fileprivate var trades: LedgerTrades { LedgerTrades(reader, upTo: sequence) }

    fileprivate func books() throws(LedgerError) -> (books: Books, openTrades: [TradeHistory]) {
        if let foldedBooks { return foldedBooks }
        let folded = try BooksReplay(reader).books(asOf: .sequence(sequence))
        foldedBooks = folded
        return folded
    }
}

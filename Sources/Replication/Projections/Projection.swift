internal import Ledger
internal import Postgres
package import Projections
internal import Replay
internal import TradeModel

/// A table whose rows follow from the events of a log.
///
/// `ProjectionList.all` is the one list of them. Shipping, `rebuild`, `verify` and `--repair` loop over it.
protocol Projection: SendableMetatype {
    /// What its rows are called in checks and reports, such as `trades`.
    static var rowsName: String { get }
    /// One of them.
    static var rowName: String { get }
    static var table: String { get }
    /// The version of its rules, which rises whenever the same events give other rows.
    static var version: Int { get }

    /// Makes what a session needs before its first batch.
    static func prepare(_ connection: inout Connection) throws(PostgresError)

    /// Stores what a batch changes, within the batch's transaction.
    static func store(_ batch: EventBatch, _ connection: inout Connection) throws

    /// Compares the ledger's rows with the log, which was read up to where the database is.
    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison

    /// Makes the ledger's rows equal to those that `ProjectionList.fold` has brought to a temporary table.
    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges
}

/// The rows of one table, compared with what they should be.
struct RowComparison {
    /// How many rows there should be.
    var count = 0
    var differences: [AuditDifference] = []
    /// The first difference, in words.
    var first: String?
    /// Why they cannot be compared; nil where they were.
    var obstacle: String?
}

extension RowComparison {
    /// What differs, the first one named by what a row is: `trade 7 is missing`.
    init(count: Int, _ differences: [AuditDifference], named row: String) {
        self.init(count: count, differences: differences)
        guard let difference = differences.first else { return }
        let name = "\(row) \((difference.tradeIDs + difference.groups)[0])"
        let columns = difference.columns.isEmpty ? "" : " in " + difference.columns.joined(separator: ", ")
        first =
            switch difference.kind {
            case .altered: "\(name) differs\(columns)"
            case .missing: "\(name) is missing"
            case .added, .doubled, .ahead: "\(name) does not belong"
            }
    }
}

extension QueryResult {
    /// The differences that a query found, in whose rows the first column is a kind and the second the name of a row.
    func differences(_ make: (AuditDifference.Kind, [String]) -> AuditDifference) -> [AuditDifference] {
        var names: [String: [String]] = [:]
        for row in 0..<rowCount {
            guard let kind = text(row: row, column: 0), let name = text(row: row, column: 1) else { continue }
            names[kind, default: []].append(name)
        }
        return [.altered, .missing, .added].compactMap { kind in names[kind.rawValue].map { make(kind, $0) } }
    }
}

/// What made the rows of a projection right.
struct RowChanges {
    /// Rows that did not belong, or differed.
    var deletedCount = 0
    /// Rows that were missing, or differed.
    var insertedCount = 0
    /// Rows that were right.
    var equalCount = 0
}

/// A column that the table of a projection stores, beside `ledger_id`.
package struct StoredColumn {
    package let table: String
    package let name: String
    package let type: SQLType
    package let isNullable: Bool
    package let meaning: String

    init<Row>(_ column: Column<Row>, in table: String) {
        self.table = table
        (name, type, isNullable, meaning) = (column.name, column.type, column.isNullable, column.meaning)
    }
}

/// Every projection of a ledger.
package enum ProjectionList {
    static let all: [any Projection.Type] = [TradeProjection.self, PerformanceProjection.self] + books

    /// Those whose rows `Books` folds.
    static let books: [any BookProjection.Type] = [
        OrderProjection.self, BalanceProjection.self, PositionProjection.self, PriceProjection.self,
        HaltProjection.self, FlowProjection.self, DecisionProjection.self, OutcomeProjection.self,
        PredictionProjection.self, ModelProjection.self, CalibrationProjection.self, StrategyProjection.self,
        AlertProjection.self,
    ]

    /// Their tables.
    package static var tables: [String] { all.map { $0.table } }

    /// The columns of the tables whose rows `Books` folds.
    package static var bookColumns: [StoredColumn] { books.flatMap { $0.storedColumns } }

    /// The version that the database notes: the sum of those of all, so it rises with each of them.
    static var version: Int { all.reduce(0) { $0 + $1.version } }

    /// Stores what a batch changes, within the batch's transaction.
    static func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        for projection in all { try projection.store(batch, &connection) }
    }

    /// Deletes the ledger's rows.
    static func delete(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        for projection in all {
            try connection.query("DELETE FROM \(projection.table) WHERE ledger_id = $1", of: ledgerID)
        }
    }

    /// The rows whose ledger the database does not know, one text for each table and ledger, such as
    /// `ledger.trades of ledger … (3)`; nil where there are none.
    ///
    /// A ledger that was removed left them, or somebody planted them. No view shows them. The rows of `ledgerID`, whose
    /// own row may be missing, are not among them.
    static func rowsOfUnknownLedgers(
        _ connection: inout Connection,
        besides ledgerID: EventID
    ) throws(PostgresError) -> AuditDifference? {
        let parts = all.map { projection in
            """
            SELECT '\(projection.table) of ' || coalesce('ledger ' || ledger_id, 'no ledger')
                || ' (' || count(*) || ')' AS name
            FROM \(projection.table) AS kept WHERE \(isUnknown(besides: ledgerID)) GROUP BY ledger_id
            """
        }
        let rows = try connection.query(parts.joined(separator: " UNION ALL ") + " ORDER BY name")
        let groups = (0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0) }
        return groups.isEmpty ? nil : AuditDifference(.added, groups: groups)
    }

    /// Deletes them: they are derived from events, and a ledger that returns gets them again.
    static func deleteRowsOfUnknownLedgers(
        _ connection: inout Connection,
        besides ledgerID: EventID
    ) throws(PostgresError) {
        for projection in all {
            try connection.execute("DELETE FROM \(projection.table) AS kept WHERE \(isUnknown(besides: ledgerID))")
        }
    }

    private static func isUnknown(besides ledgerID: EventID) -> String {
        """
        kept.ledger_id IS DISTINCT FROM '\(ledgerID)'
        AND NOT EXISTS (SELECT FROM ledger.replication AS known WHERE known.ledger_id = kept.ledger_id)
        """
    }
}

/// The columns in which a row differs from what it should be.
struct ColumnSet: Hashable {
    /// One bit a column, in the order of the table's list.
    private(set) var bits: UInt64 = 0

    /// The columns in which two rows of a table differ.
    init(expected: CopyRow, actual: CopyRow) {
        // As nearly all rows do.
        if expected.holdsTheSame(as: actual) { return }
        precondition(expected.columnCount <= UInt64.bitWidth && actual.columnCount == expected.columnCount)
        for column in 0..<expected.columnCount where expected.bytes(column) != actual.bytes(column) {
            bits |= 1 << UInt64(column)
        }
    }

    var isEmpty: Bool { bits == 0 }

    /// The names of the columns, of a table with these.
    func names(_ columns: [String]) -> [String] {
        columns.indices.filter { bits >> UInt64($0) & 1 == 1 }.map { columns[$0] }
    }
}

internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// A table whose rows follow from the events of a log, or from the rows of other projections.
///
/// `ProjectionList.all` is the one list of them. Shipping, `rebuild`, `verify` and `--repair` loop over it.
protocol Projection: SendableMetatype {
    /// What its rows are called in checks and reports, such as `trades`.
    static var rowsName: String { get }
    /// One of them.
    static var rowName: String { get }
    static var table: String { get }
    /// Whether its rows follow from the events alone, not from another projection.
    static var isFoldedFromEvents: Bool { get }

    /// Makes what a session needs before its first batch.
    static func prepare(_ connection: inout Connection) throws(PostgresError)

    /// Brings a batch's rows to the database, beside the rows that they will replace.
    static func stage(_ batch: EventBatch, _ connection: inout Connection) throws

    /// Replaces rows by those that were staged.
    static func merge(_ batch: EventBatch, _ connection: inout Connection) throws

    /// Compares the ledger's rows with the log, which was read up to where the database is.
    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison

    /// Makes the ledger's rows equal to those in the temporary table, or to what follows from other projections.
    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges
}

/// A ledger's rows of one projection, compared with what they should be.
struct RowComparison {
    /// How many rows there should be.
    let count: Int
    let differences: [AuditDifference]
    /// The first difference, in words.
    let first: String?
}

/// A ledger's rows of one projection, compared or not.
enum ProjectionComparison {
    case compared(RowComparison)
    /// Why they cannot be compared.
    case notCompared(because: String)

    /// What differs; nothing where they were not compared.
    var differences: [AuditDifference] {
        guard case .compared(let rows) = self else { return [] }
        return rows.differences
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

/// Every projection of a ledger.
enum ProjectionList {
    /// A projection that follows from others comes after them.
    static let all: [any Projection.Type] = [TradeProjection.self, PerformanceProjection.self]

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        for projection in all { try projection.prepare(&connection) }
    }

    /// Stores what a batch changes, within the batch's transaction.
    static func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        for projection in all { try projection.stage(batch, &connection) }
        // One that follows from others needs the rows that these are about to replace.
        for projection in all.reversed() { try projection.merge(batch, &connection) }
    }

    /// Deletes the ledger's rows.
    static func delete(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        for projection in all {
            _ = try connection.query(
                "DELETE FROM \(projection.table) WHERE ledger_id = $1",
                [.text(ledgerID.description)]
            )
        }
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

/// Rows of projections whose ledger the database does not know.
///
/// A ledger that was removed left them, or somebody planted them. No view shows them.
struct UnknownLedgerRows {
    /// What was found, one for each table and ledger: `ledger.trades of ledger … (3)`.
    let groups: [String]

    private static let tables = ProjectionList.all.map { $0.table }

    /// Looks for them; the rows of `ledgerID`, whose own row may be missing, are compared by others.
    init(_ connection: inout Connection, besides ledgerID: EventID) throws(PostgresError) {
        let parts = Self.tables.map { table in
            """
            SELECT '\(table) of ' || coalesce('ledger ' || ledger_id, 'no ledger') || ' (' || count(*) || ')' AS name
            FROM \(table) AS kept WHERE \(Self.condition(besides: ledgerID)) GROUP BY ledger_id
            """
        }
        let rows = try connection.query(parts.joined(separator: " UNION ALL ") + " ORDER BY name")
        groups = (0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0) }
    }

    /// What was found as a difference; nil where nothing was.
    var difference: AuditDifference? { groups.isEmpty ? nil : AuditDifference(.added, groups: groups) }

    /// Deletes them: they are derived from events, and a ledger that returns gets them again.
    static func delete(_ connection: inout Connection, besides ledgerID: EventID) throws(PostgresError) {
        for table in tables {
            try connection.execute("DELETE FROM \(table) AS kept WHERE \(condition(besides: ledgerID))")
        }
    }

    private static func condition(besides ledgerID: EventID) -> String {
        """
        kept.ledger_id IS DISTINCT FROM '\(ledgerID)'
        AND NOT EXISTS (SELECT FROM ledger.replication AS known WHERE known.ledger_id = kept.ledger_id)
        """
    }
}

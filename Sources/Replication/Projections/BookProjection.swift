internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
internal import TradeModel

/// A table whose rows `Books` folds.
protocol BookProjection: Projection {
    associatedtype Row: Sendable

    static var columns: [Column<Row>] { get }
    /// The columns that identify a row within its ledger.
    static var keyColumns: [String] { get }

    /// The row, if it is one of the table.
    static func row(_ row: BookRow) -> Row?

    /// The rows of a whole log.
    static func rows(_ books: Books) -> [Row]
}

extension BookProjection {
    static var version: Int { 1 }

    /// The columns that the table stores, in the order in which rows are written.
    static var columnNames: [String] { ["ledger_id"] + columns.filter { $0.expression == nil }.map(\.name) }

    static var storedColumns: [StoredColumn] {
        columns.filter { $0.expression == nil }.map { StoredColumn($0, in: table) }
    }

    private static var columnList: String { columnNames.joined(separator: ", ") }
    private static var allKeys: [String] { ["ledger_id"] + keyColumns }
    private static var stagedTable: String { "staged_\(rowsName)" }
    private static var foldedTable: String { "folded_\(rowsName)" }

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS \(stagedTable) (LIKE \(table)) ON COMMIT DELETE ROWS"
        )
    }

    static func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        let rows = batch.bookRows.compactMap(row)
        guard !rows.isEmpty else { return }
        try copy(rows, of: batch.form.ledgerID, into: "pg_temp.\(stagedTable)", &connection)
        let updates = columnNames.filter { !allKeys.contains($0) }.map { "\($0) = excluded.\($0)" }
        try connection.execute(
            """
            INSERT INTO \(table) (\(columnList)) SELECT \(columnList) FROM pg_temp.\(stagedTable)
            ON CONFLICT (\(allKeys.joined(separator: ", "))) DO UPDATE SET \(updates.joined(separator: ", "))
            """
        )
    }

    /// Brings the rows of a whole log into the temporary table from which `replaceRows` takes them.
    static func stageFolded(_ books: Books, of ledgerID: EventID, _ connection: inout Connection) throws {
        try connection.execute("CREATE TEMPORARY TABLE \(foldedTable) (LIKE \(table)) ON COMMIT DROP")
        try copy(rows(books), of: ledgerID, into: "pg_temp.\(foldedTable)", &connection)
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        let (values, places) = (storedValues, keyPlaces)
        var expected: [[UInt8]: CopyRow] = [:]
        for row in state.withSource({ rows($0.books) }) {
            let copied = try CopyRow(columnCount: 1 + values.count) { (encoded) throws(PostgresError) in
                try write(row, values, of: ledgerID, &encoded)
            }
            expected[key(of: copied, places)] = copied
        }
        let count = expected.count
        var altered: [ColumnSet: [String]] = [:]
        var added: [String] = []
        let query = "SELECT \(columnList) FROM \(table) WHERE ledger_id = '\(ledgerID)'"
        try connection.copyOut(query) { rows in
            while let actual = try rows.next() {
                guard let row = expected.removeValue(forKey: key(of: actual, places)) else {
                    added.append(name(of: actual))
                    continue
                }
                let columns = ColumnSet(expected: row, actual: actual)
                if !columns.isEmpty { altered[columns, default: []].append(name(of: actual)) }
            }
        }
        let alterations = altered.map { columns, names in
            AuditDifference(.altered, columns: columns.names(columnNames), groups: names.sorted())
        }
        let others = [
            AuditDifference(.missing, groups: expected.values.map(name).sorted()),
            AuditDifference(.added, groups: added.sorted()),
        ]
        let differences = alterations.sorted { $0.groups[0] < $1.groups[0] } + others.filter { $0.count > 0 }
        return RowComparison(count: count, differences, named: rowName)
    }

    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        let kept = keyColumns.map { "kept.\($0)" }.joined(separator: ", ")
        let isSame = keyColumns.map { "folded.\($0) IS NOT DISTINCT FROM kept.\($0)" }.joined(separator: " AND ")
        let doubledCount = try connection.deleteDoubledRows(of: ledgerID, from: table, by: kept)
        let deleted = try connection.query(
            """
            DELETE FROM \(table) AS kept
            WHERE kept.ledger_id = $1 AND NOT EXISTS (
                SELECT FROM pg_temp.\(foldedTable) AS folded WHERE \(isSame) AND folded *= kept
            )
            """,
            of: ledgerID
        )
        let inserted = try connection.query(
            """
            INSERT INTO \(table) (\(columnList))
            SELECT \(columnList) FROM pg_temp.\(foldedTable) AS folded
            WHERE NOT EXISTS (SELECT FROM \(table) AS kept WHERE kept.ledger_id = $1 AND \(isSame))
            """,
            of: ledgerID
        )
        return RowChanges(
            deletedCount: doubledCount + deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount
        )
    }

    private static func copy(
        _ rows: [Row],
        of ledgerID: EventID,
        into table: String,
        _ connection: inout Connection
    ) throws {
        let values = storedValues
        var encoded = BinaryRows()
        for row in rows {
            encoded.beginRow(columnCount: 1 + values.count)
            try write(row, values, of: ledgerID, &encoded)
        }
        _ = try connection.copyIn("COPY \(table) (\(columnList)) FROM STDIN (FORMAT binary)") { copy in
            try copy.write(encoded)
        }
    }

    /// What gives the value of each column after `ledger_id`: a copy of a column costs more than its value.
    private static var storedValues: [@Sendable (Row) -> ColumnValue] {
        columns.filter { $0.expression == nil }.map(\.value)
    }

    private static func write(
        _ row: Row,
        _ values: [@Sendable (Row) -> ColumnValue],
        of ledgerID: EventID,
        _ rows: inout BinaryRows
    ) throws(PostgresError) {
        rows.append(uuid: ledgerID)
        for value in values { try rows.append(value(row)) }
    }

    /// The places of the key's columns in a row.
    private static var keyPlaces: [Int] {
        let names = columnNames
        return keyColumns.compactMap { names.firstIndex(of: $0) }
    }

    /// The bytes of a row's key; a length comes before each value, so that no two keys have the same bytes.
    private static func key(of row: CopyRow, _ places: [Int]) -> [UInt8] {
        places.flatMap { place -> [UInt8] in
            guard let bytes = row.bytes(place) else { return [0] }
            return [1] + Array("\(bytes.count) ".utf8) + bytes
        }
    }

    /// What messages call a row: the texts of its key.
    private static func name(of row: CopyRow) -> String {
        let names = keyColumns.compactMap { name -> String? in
            guard let place = columnNames.firstIndex(of: name) else { return nil }
            if columns.contains(where: { $0.name == name && $0.type == .bigint }) {
                return row.bytes(place).map { bytes in String(bytes.reduce(0) { $0 << 8 | UInt64($1) }) }
            }
            return row.text(place)
        }
        return names.joined(separator: " ")
    }
}

internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// `ledger.performance`: totals over the closed trades of the log.
///
/// The fold sums them, so the rows of `ledger.trades` play no part in them. A batch adds the new values of its trades
/// and subtracts the old ones, in the transaction that changes the trades. No running total is stored, because one late
/// fee would change all of it.
enum PerformanceProjection: Projection {
    static let rowsName = "performance"
    static let rowName = "group"
    static let table = PerformanceTable.name
    /// No change of its rules has needed a rebuild.
    static let version = 0

    /// What a batch adds to the totals.
    private static let stagedTable = "pg_temp.staged_performance"

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_performance (LIKE \(table)) ON COMMIT DELETE ROWS"
        )
    }

    static func store(_ batch: EventBatch, _ connection: inout Connection) throws {
        guard !batch.totals.isEmpty else { return }
        try copy(batch.totals, into: stagedTable, &connection)
        let emptied = try connection.query(addStaged)
        guard emptied.rowCount > 0 else { return }
        try connection.query("DELETE FROM \(table) WHERE trades = 0 AND ledger_id = $1", of: batch.form.ledgerID)
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        var digests: [PerformanceGroup: RowDigest] = [:]
        for (group, sums) in state.withSource({ $0.totals.sums }) where sums.trades != 0 {
            digests[group] = RowDigest(try row(group, sums, of: ledgerID, &connection))
        }
        let count = digests.count
        var (altered, added): ([String], [String]) = ([], [])
        let query = "SELECT \(PerformanceTable.columnList) FROM \(table) WHERE ledger_id = '\(ledgerID)'"
        try connection.copyOut(query) { rows in
            while let actual = try rows.next() {
                let group = try PerformanceGroup(actual)
                if let group, let digest = digests.removeValue(forKey: group) {
                    if RowDigest(actual) != digest { altered.append(group.name) }
                } else {
                    added.append(group?.name ?? "an unknown group")
                }
            }
        }
        let differences = [
            AuditDifference(.altered, groups: altered.sorted()),
            AuditDifference(.missing, groups: digests.keys.map(\.name).sorted()),
            AuditDifference(.added, groups: added.sorted()),
        ]
        return RowComparison(count: count, differences.filter { $0.count > 0 }, named: "the total of")
    }

    /// Makes the rows of a ledger equal to the totals that were folded; does not touch correct rows.
    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        try connection.execute("ANALYZE pg_temp.folded_performance")
        let doubledCount = try connection.deleteDoubledRows(of: ledgerID, from: table, by: "kept::text")
        let expected = summed("pg_temp.folded_performance") + " HAVING sum(trades) <> 0"
        let deleted = try connection.query(
            """
            WITH expected AS (\(expected))
            DELETE FROM \(table) AS kept
            WHERE kept.ledger_id = $1
              AND NOT EXISTS (SELECT FROM expected WHERE (expected.*)::text = (kept.*)::text)
            """,
            of: ledgerID
        )
        let inserted = try connection.query(
            """
            WITH expected AS (\(expected))
            INSERT INTO \(table) (\(PerformanceTable.columnList))
            SELECT \(PerformanceTable.columnList) FROM expected
            WHERE NOT EXISTS (
                SELECT FROM \(table) AS kept WHERE kept.ledger_id = $1 AND (expected.*)::text = (kept.*)::text
            )
            """,
            of: ledgerID
        )
        let total = try connection.query("SELECT count(*) FROM \(table) WHERE ledger_id = $1", of: ledgerID)
        return RowChanges(
            deletedCount: doubledCount + deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount,
            equalCount: Int(try total.int64(row: 0, column: 0) ?? 0) - inserted.affectedRowCount
        )
    }

    /// Brings the totals of a whole log into the temporary table from which `replaceRows` takes them.
    static func stageFolded(
        _ totals: PerformanceTotals,
        of ledgerID: EventID,
        _ connection: inout Connection
    ) throws {
        try connection.execute("CREATE TEMPORARY TABLE folded_performance (LIKE \(table)) ON COMMIT DROP")
        try copy(totals.rows(of: ledgerID), into: "pg_temp.folded_performance", &connection)
    }

    private static func copy(_ rows: BinaryRows, into table: String, _ connection: inout Connection) throws {
        _ = try connection.copyIn("COPY \(table) (\(PerformanceTable.columnList)) FROM STDIN (FORMAT binary)") { copy in
            try copy.write(rows)
        }
    }

    /// The row of a group.
    ///
    /// The server adds up a sum of several parts.
    private static func row(
        _ group: PerformanceGroup,
        _ sums: PerformanceSums,
        of ledgerID: EventID,
        _ connection: inout Connection
    ) throws(PostgresError) -> CopyRow {
        var amounts: [String] = []
        for amount in sums.amounts {
            let parts = amount.parts.map(\.description).joined(separator: " ")
            amounts.append(amount.parts.count == 1 ? parts : try sum(of: parts, &connection))
        }
        return try CopyRow(columnCount: PerformanceTable.columns.count) { (row) throws(PostgresError) in
            row.append(group, of: ledgerID)
            for count in sums.counts { row.append(int64: count) }
            for amount in amounts { try row.append(numericText: amount) }
        }
    }

    private static func sum(of parts: String, _ connection: inout Connection) throws(PostgresError) -> String {
        let result = try connection.query(
            "SELECT trim_scale(sum(part::numeric))::text FROM unnest(string_to_array($1, ' ')) AS part",
            [.text(parts)]
        )
        guard let sum = result.text(row: 0, column: 0) else { preconditionFailure("a sum has a part") }
        return sum
    }

    /// A query for the totals by group, from the rows that add up to them.
    private static func summed(_ parts: String) -> String {
        let keys = PerformanceTable.keyColumns.joined(separator: ", ")
        let counts = PerformanceTable.countColumns.map { "sum(\($0))::bigint AS \($0)" }
        let sums = PerformanceTable.sumColumns.map { "trim_scale(sum(\($0))) AS \($0)" }
        return "SELECT \(keys), \((counts + sums).joined(separator: ", ")) FROM \(parts) GROUP BY \(keys)"
    }

    /// Adds what was staged to the totals, and returns a row for each group that is then empty.
    private static let addStaged: String = {
        let keys = PerformanceTable.keyColumns.joined(separator: ", ")
        let updates =
            PerformanceTable.countColumns.map { "\($0) = kept.\($0) + excluded.\($0)" }
            + PerformanceTable.sumColumns.map { "\($0) = trim_scale(kept.\($0) + excluded.\($0))" }
        return """
            WITH moved AS (
                INSERT INTO \(table) AS kept (\(PerformanceTable.columnList))
                \(summed(stagedTable))
                ON CONFLICT (\(keys)) DO UPDATE SET \(updates.joined(separator: ", "))
                RETURNING kept.trades
            )
            SELECT FROM moved WHERE trades = 0
            """
    }()
}

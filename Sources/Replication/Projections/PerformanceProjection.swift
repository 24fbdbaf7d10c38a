internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// `ledger.performance`: totals, by definition the sums over the closed trades of `ledger.trades`.
///
/// A batch updates them in the transaction that changes the trades, so the two always agree. The database computes the
/// sums, because it does so exactly and without a bound.
///
/// A batch adds the new values of its trades and subtracts the old ones. No running total is stored, because one late
/// fee would change all of it.
enum PerformanceProjection: Projection {
    static let rowsName = "performance"
    static let rowName = "group"
    static let table = "ledger.performance"
    /// No change of its rules has needed a rebuild.
    static let version = 0
    static let isFoldedFromEvents = false

    /// The key of a group of trades: at most one of the last five columns is set.
    static let keyColumns = ["ledger_id", "grouped_by", "quote", "day", "symbol", "strategy", "tag", "market_regime"]
    private static let countColumns = ["trades", "wins", "losses", "draws"]
    private static let sumColumns = ["net_pnl", "gross_profit", "gross_loss", "fees"]

    static var columnList: String { (keyColumns + countColumns + sumColumns).joined(separator: ", ") }

    /// The database computes the totals, so a session needs nothing.
    static func prepare(_ connection: inout Connection) throws(PostgresError) {}

    /// The rows of the trades are all that it needs.
    static func stage(_ batch: EventBatch, _ connection: inout Connection) throws {}

    /// Updates the totals for the trades that the batch changes.
    ///
    /// The trades that it opened, identified by the range of their ids, are already inserted; the staged rows are about
    /// to replace others.
    static func merge(_ batch: EventBatch, _ connection: inout Connection) throws {
        let changed = TradeProjection.stagedTable
        let emptied = try connection.query(moving(opened: batch.openedIDs, changed: changed))
        guard emptied.rowCount > 0 else { return }
        _ = try connection.query(
            "DELETE FROM \(table) WHERE trades = 0 AND ledger_id IN (SELECT ledger_id FROM \(changed))"
        )
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        // The trades are compared with the log by their own projection; the sums over them are the database's to make.
        let expected = totals(of: trades(of: ledgerID))
        let count = try connection.query("SELECT count(*) FROM (\(expected)) AS expected").int64(row: 0, column: 0)
        let rows = try connection.query(comparison(expected, ledgerID))
        let differences = rows.differences { AuditDifference($0, groups: $1) }
        return RowComparison(count: Int(count ?? 0), differences, named: "the total of")
    }

    /// Rows are compared by their text, in which 1.0 is not 1.00, and with their number: a row that is there twice is
    /// one too many.
    private static func comparison(_ expected: String, _ ledgerID: EventID) -> String {
        let keys = keyColumns.dropFirst().joined(separator: ", ")
        return """
            WITH expected AS (\(expected)),
            kept AS (SELECT \(columnList) FROM \(table) WHERE ledger_id = '\(ledgerID)')
            SELECT
                CASE WHEN bool_and(is_kept) THEN 'added' WHEN bool_or(is_kept) THEN 'altered' ELSE 'missing' END,
                concat_ws(
                    ' ', grouped_by, coalesce(day::text, symbol, strategy, tag, market_regime, '-'), quote
                ) AS name
            FROM (
                SELECT false AS is_kept, * FROM (
                    SELECT \(keys), expected::text FROM expected EXCEPT ALL SELECT \(keys), kept::text FROM kept
                ) AS missing
                UNION ALL
                SELECT true, * FROM (
                    SELECT \(keys), kept::text FROM kept EXCEPT ALL SELECT \(keys), expected::text FROM expected
                ) AS added
            ) AS different
            GROUP BY \(keys)
            ORDER BY name
            """
    }

    /// Makes the rows of a ledger equal to the sums over its trades; does not touch correct rows.
    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        let doubledCount = try connection.deleteDoubledRows(of: ledgerID, from: table, by: "kept::text")
        let expected = totals(of: trades(of: ledgerID))
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
            INSERT INTO \(table) (\(columnList))
            SELECT \(columnList) FROM expected
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

    private static func trades(of ledgerID: EventID) -> String {
        "SELECT 1 AS sign, * FROM \(TradeTable.name) WHERE ledger_id = '\(ledgerID)'"
    }

    /// Adds the new values of the trades, subtracts the old ones, and returns a row for each group that is then empty.
    private static func moving(opened ids: ClosedRange<Int64>?, changed: String) -> String {
        let opened = ids.map { ids in
            """

            UNION ALL
            SELECT 1 AS sign, * FROM \(TradeTable.name) WHERE id BETWEEN \(ids.lowerBound) AND \(ids.upperBound)
            """
        }
        // A row is looked up for each that changes, whatever the planner believes of a table without statistics.
        let changes =
            """
            SELECT -1 AS sign, kept.* FROM \(changed) AS staged
            CROSS JOIN LATERAL (
                SELECT * FROM \(TradeTable.name) AS kept
                WHERE kept.trade_id = staged.trade_id AND kept.ledger_id = staged.ledger_id
                LIMIT 1
            ) AS kept
            UNION ALL
            SELECT 1 AS sign, * FROM \(changed)
            """ + (opened ?? "")
        let updates =
            countColumns.map { "\($0) = kept.\($0) + excluded.\($0)" }
            + sumColumns.map { "\($0) = trim_scale(kept.\($0) + excluded.\($0))" }
        return """
            WITH moved AS (
                INSERT INTO \(table) AS kept (\(columnList))
                \(totals(of: changes))
                ON CONFLICT (\(keyColumns.joined(separator: ", "))) DO UPDATE SET \(updates.joined(separator: ", "))
                RETURNING kept.trades
            )
            SELECT FROM moved WHERE trades = 0
            """
    }

    /// The totals of the closed ones among trades, which count with their `sign`, in the columns of the table.
    ///
    /// The status is a factor and no condition: with a condition, the planner would scan the whole index of closed
    /// trades for a few of them.
    private static func totals(of trades: String) -> String {
        """
        SELECT
            ledger_id,
            CASE 0
                WHEN grouping(day) THEN 'day'
                WHEN grouping(symbol) THEN 'symbol'
                WHEN grouping(strategy) THEN 'strategy'
                WHEN grouping(tag) THEN 'tag'
                ELSE 'regime'
            END AS grouped_by,
            quote, day, symbol, strategy, tag, market_regime,
            sum(sign) AS trades,
            coalesce(sum(sign) FILTER (WHERE realized_pnl > 0), 0) AS wins,
            coalesce(sum(sign) FILTER (WHERE realized_pnl < 0), 0) AS losses,
            coalesce(sum(sign) FILTER (WHERE realized_pnl = 0), 0) AS draws,
            trim_scale(sum(sign * realized_pnl)) AS net_pnl,
            coalesce(trim_scale(sum(sign * realized_pnl) FILTER (WHERE realized_pnl > 0)), 0) AS gross_profit,
            coalesce(trim_scale(-sum(sign * realized_pnl) FILTER (WHERE realized_pnl < 0)), 0) AS gross_loss,
            trim_scale(sum(sign * fees)) AS fees
        FROM (
            SELECT
                sign * (status = 'closed')::integer AS sign, ledger_id, quote,
                (closed_at AT TIME ZONE 'UTC')::date AS day, symbol, strategy, tag,
                -- An index takes no key of a MiB.
                left(market_regime, 256) AS market_regime, realized_pnl, fees
            FROM (\(trades)) AS trades
        ) AS grouped
        WHERE sign <> 0
        GROUP BY ledger_id, quote, GROUPING SETS ((day), (symbol), (strategy), (tag), (market_regime))
        """
    }
}

internal import Postgres
internal import TradeModel

/// The totals of `ledger.performance`: by definition the sums over the closed trades of `ledger.trades`.
///
/// A batch updates them in the transaction that changes the trades, so the two always agree. The database computes the
/// sums, because it does so exactly and without a bound.
enum PerformanceTable {
    static let name = "ledger.performance"

    /// The key of a group of trades: at most one of the last four columns is set.
    static let keyColumns = ["ledger_id", "grouped_by", "quote", "day", "symbol", "strategy", "market_regime"]
    private static let countColumns = ["trades", "wins", "losses", "draws"]
    private static let sumColumns = ["net_pnl", "gross_profit", "gross_loss", "fees"]

    static var columnList: String { (keyColumns + countColumns + sumColumns).joined(separator: ", ") }

    /// Updates the totals for the trades that a batch changes.
    ///
    /// The trades that it opened, identified by the range of their ids, are already inserted; the rows of `changed` are
    /// about to replace others.
    static func move(
        _ connection: inout Connection,
        opened ids: ClosedRange<Int64>?,
        changed: String
    ) throws(PostgresError) {
        let emptied = try connection.query(moving(opened: ids, changed: changed))
        guard emptied.rowCount > 0 else { return }
        _ = try connection.query(
            "DELETE FROM \(name) WHERE trades = 0 AND ledger_id IN (SELECT ledger_id FROM \(changed))"
        )
    }

    /// Makes the rows of a ledger equal to the sums over its trades; does not touch correct rows.
    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        try DoubledRows.delete(&connection, from: name, ledgerID, by: "kept::text")
        let expected = totals(of: trades(of: ledgerID))
        _ = try connection.query(
            """
            WITH expected AS (\(expected))
            DELETE FROM \(name) AS kept
            WHERE kept.ledger_id = $1
              AND NOT EXISTS (SELECT FROM expected WHERE (expected.*)::text = (kept.*)::text)
            """,
            [.text(ledgerID.description)]
        )
        _ = try connection.query(
            """
            WITH expected AS (\(expected))
            INSERT INTO \(name) (\(columnList))
            SELECT \(columnList) FROM expected
            WHERE NOT EXISTS (
                SELECT FROM \(name) AS kept WHERE kept.ledger_id = $1 AND (expected.*)::text = (kept.*)::text
            )
            """,
            [.text(ledgerID.description)]
        )
    }

    /// A query for the rows that a ledger should have.
    static func expectedRows(of ledgerID: EventID) -> String { totals(of: trades(of: ledgerID)) }

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
                INSERT INTO \(name) AS kept (\(columnList))
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
                ELSE 'regime'
            END AS grouped_by,
            quote, day, symbol, strategy, market_regime,
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
                (closed_at AT TIME ZONE 'UTC')::date AS day, symbol, strategy,
                -- An index takes no key of a MiB.
                left(market_regime, 256) AS market_regime, realized_pnl, fees
            FROM (\(trades)) AS trades
        ) AS grouped
        WHERE sign <> 0
        GROUP BY ledger_id, quote, GROUPING SETS ((day), (symbol), (strategy), (market_regime))
        """
    }
}

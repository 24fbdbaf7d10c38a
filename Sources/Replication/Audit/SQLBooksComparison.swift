internal import Postgres
internal import Replay
internal import TradeModel

/// Compares the rows of `ledger.balances`, `ledger.orders` and those of models with what SQL makes of the events in the
/// database.
///
/// The queries share no code with the program but the names of types. They rely on `ledger.fold_trade` for the P&L of
/// derivatives alone.
enum SQLBooksComparison {
    /// Compares the balances of a ledger, whose position is at `limit`.
    ///
    /// O(events) in the database.
    static func balances(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        upTo limit: UInt64
    ) throws(PostgresError) -> RowComparison {
        try compare(&connection, ledgerID, limit, balancesQuery, named: "balance")
    }

    /// Compares the orders of a ledger, whose position is at `limit`.
    ///
    /// O(events) in the database.
    static func orders(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        upTo limit: UInt64
    ) throws(PostgresError) -> RowComparison {
        try compare(&connection, ledgerID, limit, ordersQuery, named: "order")
    }

    /// Compares the figures of models in a ledger, whose position is at `limit`.
    ///
    /// O(events) in the database.
    static func models(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        upTo limit: UInt64
    ) throws(PostgresError) -> RowComparison {
        try compare(&connection, ledgerID, limit, ModelComparison.query, named: "model")
    }

    private static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ limit: UInt64,
        _ query: String,
        named row: String
    ) throws(PostgresError) -> RowComparison {
        let lost = try connection.query(
            "SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND type = 'ledger.lost' LIMIT 1",
            of: ledgerID
        )
        // SQL does not know which later events the fold skips.
        guard lost.rowCount == 0 else { return RowComparison(obstacle: "events were given up") }
        let rows = try connection.query(query, of: ledgerID, .int64(Int64(limit)))
        var comparison = RowComparison(differences: rows.differences { AuditDifference($0, groups: $1) })
        if let count = (0..<rows.rowCount).first(where: { rows.text(row: $0, column: 0) == "count" }) {
            comparison.count = Int(try rows.int64(row: count, column: 2) ?? 0)
        }
        comparison.first = comparison.differences.first.map { difference in
            "\(row) \(difference.groups[0]) differs from what SQL makes of the events"
        }
        return comparison
    }

    /// The fills of the trades that are not voided, each with what the open of its trade says.
    private static let trades = """
        WITH event AS MATERIALIZED (
            SELECT * FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence <= $2
        ),
        trade AS MATERIALIZED (
            SELECT
                fold.trade_id,
                fold.side,
                coalesce(fold.account, 'default') AS account,
                coalesce(substring(fold.symbol FROM '^(.*)/'), substring(fold.symbol FROM '^(.*)-'), '') AS base,
                fold.quote,
                CASE WHEN fold.symbol LIKE '%:%'
                    THEN split_part(regexp_replace(fold.symbol, '^.*:', ''), '-', 1)
                END AS settled,
                fold.realized_pnl + fold.fees - fold.adjustments AS gross,
                entered.amount AS entered,
                entered.reduced
            FROM (SELECT array_agg(event ORDER BY sequence) AS events FROM \(EventTable.name) AS event
                  WHERE ledger_id = $1 AND sequence <= $2 AND type ^@ 'trade.' GROUP BY trade_id) AS one
            CROSS JOIN LATERAL ledger.fold_trade(one.events) AS fold
            CROSS JOIN LATERAL (
                SELECT sum(part.amount) FILTER (WHERE part.type IN ('trade.opened', 'trade.increased')) AS amount,
                       coalesce(sum(part.amount) FILTER (WHERE part.type = 'trade.reduced'), 0) AS reduced
                FROM unnest(one.events) AS part
            ) AS entered
            WHERE fold.status <> 'voided'
        ),
        fill AS MATERIALIZED (
            SELECT
                trade.*,
                event.type IN ('trade.opened', 'trade.increased') AS is_entry,
                coalesce(
                    event.amount,
                    CASE WHEN event.dust = 'rest' OR event.dust IS NULL THEN entered - reduced
                        ELSE entered - reduced - event.dust::numeric
                    END
                ) AS amount,
                event.price,
                event.fee_cost,
                coalesce(event.fee_currency, trade.quote) AS fee_currency,
                event.order_id,
                event.sequence
            FROM event
            JOIN trade USING (trade_id)
            WHERE event.type IN ('trade.opened', 'trade.increased', 'trade.reduced', 'trade.closed')
        )
        """

    private static let balancesQuery = """
        \(trades),
        moved AS (
            SELECT account, base AS currency, 'traded' AS cause,
                CASE WHEN (side = 'buy') = is_entry THEN amount ELSE -amount END AS amount
            FROM fill WHERE settled IS NULL AND base <> ''
            UNION ALL
            SELECT account, quote, 'traded',
                CASE WHEN (side = 'buy') = is_entry THEN -amount * price ELSE amount * price END
            FROM fill WHERE settled IS NULL AND quote <> ''
            UNION ALL
            SELECT account, quote, 'traded', gross FROM trade WHERE settled = quote AND quote <> ''
            UNION ALL
            SELECT account, fee_currency, 'fees', fee_cost FROM fill WHERE fee_cost IS NOT NULL AND fee_currency <> ''
            UNION ALL
            SELECT trade.account, trade.quote, 'adjusted', event.cost
            FROM event JOIN trade USING (trade_id)
            WHERE event.type = 'trade.adjusted' AND (settled IS NULL OR settled = trade.quote) AND trade.quote <> ''
            UNION ALL
            SELECT account, details ->> 'currency', split_part(type, '.', 2),
                CASE type WHEN 'account.adjusted' THEN cost WHEN 'account.transferred' THEN -amount ELSE amount END
            FROM event
            WHERE type IN ('account.deposited', 'account.withdrawn', 'account.transferred', 'account.adjusted')
            UNION ALL
            SELECT details ->> 'to_account', details ->> 'currency', 'transferred', amount
            FROM event WHERE type = 'account.transferred'
        ),
        folded AS (
            SELECT account COLLATE "C" AS account, currency COLLATE "C" AS currency,
                coalesce(sum(amount) FILTER (WHERE cause = 'deposited'), 0) AS deposited,
                coalesce(sum(amount) FILTER (WHERE cause = 'withdrawn'), 0) AS withdrawn,
                coalesce(sum(amount) FILTER (WHERE cause = 'transferred'), 0) AS transferred,
                coalesce(sum(amount) FILTER (WHERE cause = 'adjusted'), 0) AS adjusted,
                coalesce(sum(amount) FILTER (WHERE cause = 'traded'), 0) AS traded,
                coalesce(sum(amount) FILTER (WHERE cause = 'fees'), 0) AS fees
            FROM moved
            GROUP BY 1, 2
        ),
        compared AS (
            SELECT account, currency, folded.account IS NULL AS is_unknown, kept.account IS NULL AS is_missing,
                (
                    coalesce(folded.deposited, 0), coalesce(folded.withdrawn, 0), coalesce(folded.transferred, 0),
                    coalesce(folded.adjusted, 0), coalesce(folded.traded, 0), coalesce(folded.fees, 0)
                ) IS DISTINCT FROM (
                    -- A sum beyond a decimal is NULL in the table.
                    coalesce(kept.deposited, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.deposited END, 0),
                    coalesce(kept.withdrawn, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.withdrawn END, 0),
                    coalesce(kept.transferred, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.transferred END, 0),
                    coalesce(kept.adjusted, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.adjusted END, 0),
                    coalesce(kept.traded, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.traded END, 0),
                    coalesce(kept.fees, CASE WHEN kept.account IS NULL THEN 0 ELSE folded.fees END, 0)
                ) OR kept.amount <> kept.deposited - kept.withdrawn + kept.transferred + kept.adjusted + kept.traded
                    - kept.fees AS is_different
            FROM folded
            FULL JOIN (SELECT * FROM ledger.balances WHERE ledger_id = $1) AS kept USING (account, currency)
        )
        SELECT
            CASE WHEN is_unknown THEN 'added' WHEN is_missing THEN 'missing' ELSE 'altered' END,
            account || ' ' || currency,
            NULL
        FROM compared
        WHERE is_different
        UNION ALL
        SELECT 'count', NULL, count(*) FROM folded
        ORDER BY 2
        """

    /// The types of events that end an order, as text in SQL.
    private static let orderEnds = EventType.all.filter { $0.subject == .orderID && $0.role == .ends }
        .map { "'\($0.name)'" }.joined(separator: ", ")

    private static let ordersQuery = """
        \(trades),
        filled AS (
            SELECT order_id, sum(amount) AS amount, sum(amount * price) AS notional FROM fill
            WHERE order_id IS NOT NULL GROUP BY order_id
        ),
        known AS (
            SELECT
                subject AS order_id,
                (array_agg(split_part(type, '.', 2) ORDER BY sequence DESC) FILTER (
                    WHERE type IN (\(orderEnds))
                ))[1] AS ended,
                (array_agg(split_part(type, '.', 2) ORDER BY sequence DESC) FILTER (
                    WHERE type NOT IN (\(orderEnds))
                ))[1] AS state,
                max(amount) FILTER (WHERE type = 'order.submitted') AS amount,
                max((details ->> 'quote_amount')::numeric) FILTER (WHERE type = 'order.submitted') AS quote_amount,
                min(sequence) AS first_sequence
            FROM event
            WHERE type ^@ 'order.'
            GROUP BY subject
        ),
        folded AS (
            SELECT
                known.order_id COLLATE "C" AS order_id,
                coalesce(
                    ended,
                    CASE
                        WHEN filled.amount >= known.amount OR filled.notional >= known.quote_amount THEN 'filled'
                        WHEN filled.amount > 0 THEN 'partially_filled'
                        ELSE coalesce(state, 'unknown')
                    END
                ) AS status,
                coalesce(filled.amount, 0) AS filled_amount,
                known.first_sequence
            FROM known
            LEFT JOIN filled USING (order_id)
        )
        SELECT
            CASE WHEN folded.order_id IS NULL THEN 'added' WHEN kept.order_id IS NULL THEN 'missing' ELSE 'altered' END,
            order_id,
            NULL
        FROM folded
        FULL JOIN (SELECT * FROM ledger.orders WHERE ledger_id = $1) AS kept USING (order_id)
        WHERE (folded.status, folded.filled_amount, folded.first_sequence)
            IS DISTINCT FROM (kept.status, coalesce(kept.filled_amount, folded.filled_amount), kept.first_sequence)
        UNION ALL
        SELECT 'count', NULL, count(*) FROM folded
        ORDER BY 2
        """
}

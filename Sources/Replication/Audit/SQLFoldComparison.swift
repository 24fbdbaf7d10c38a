internal import Postgres
internal import Replay
internal import TradeModel

/// Compares the rows of `ledger.trades` with what `ledger.fold_trade`, the rules written once more in SQL, makes of the
/// events in the database.
///
/// The program only issues the query: two independent implementations that agree confirm each other. SQL that computes
/// a fold is a check, not a source: no table is filled by it. `trade_history_as_of` uses it too, which costs appends
/// nothing.
enum SQLFoldComparison {
    /// Compares the trades of a ledger, whose position is at `limit`.
    ///
    /// O(events) in the database.
    static func run(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        upTo limit: UInt64
    ) throws(PostgresError) -> RowComparison {
        let rows = try connection.query(query, of: ledgerID, .int64(Int64(limit)))
        var comparison = RowComparison(differences: rows.differences { AuditDifference($0, tradeIDs: $1) })
        if let row = (0..<rows.rowCount).first(where: { rows.text(row: $0, column: 0) == "count" }) {
            comparison.count = Int(try rows.int64(row: row, column: 2) ?? 0)
        }
        comparison.first = comparison.differences.first.map { difference in
            let trade = "trade \(difference.tradeIDs[0])"
            return switch difference.kind {
            case .altered: "\(trade) differs where SQL folds its events"
            case .missing: "\(trade) is missing, which SQL makes of the events"
            case .added, .doubled, .ahead: "\(trade) is there, and SQL finds no event that opens it"
            }
        }
        return comparison
    }

    /// All columns but the id, which no event tells.
    ///
    /// They are compared as text: `json` has no equality.
    private static let query: String = {
        let columns = TradeTable.columns.filter { $0 != "id" }
        func row(_ table: String) -> String { "ROW(" + columns.map { "\(table).\($0)" }.joined(separator: ", ") + ")" }
        // The fold leaves the only context of a trade as the producer wrote it, and the table has the merged form.
        let context =
            "CASE WHEN fold.context IS NOT NULL THEN ledger.merged_context(ARRAY[fold.context]) END AS context"
        let duringHalt = """
            EXISTS (
                SELECT FROM halts
                WHERE halts.sequence < fold.first_sequence AND coalesce(halts.resumed > fold.first_sequence, true)
                  AND ledger.covers(halts.subject, fold.strategy, fold.symbol, fold.account, fold.venue)
            ) AS opened_during_halt
            """
        let folded = columns.map { column in
            switch column {
            case "context": context
            case "opened_during_halt": duringHalt
            default: "fold.\(column)"
            }
        }
        .joined(separator: ", ")
        return """
            WITH risk AS MATERIALIZED (
                SELECT type, subject, sequence FROM \(EventTable.name)
                WHERE ledger_id = $1 AND sequence <= $2 AND type ^@ 'risk.'
            ),
            halts AS MATERIALIZED (
                SELECT subject, sequence, (
                    SELECT min(later.sequence) FROM risk AS later
                    WHERE later.type = 'risk.resumed' AND later.subject = risk.subject
                      AND later.sequence > risk.sequence
                ) AS resumed
                FROM risk WHERE type = 'risk.halted'
            ),
            folded AS MATERIALIZED (
                SELECT \(folded)
                FROM (
                    SELECT array_agg(event ORDER BY event.sequence) AS events
                    FROM \(EventTable.name) AS event
                    WHERE event.ledger_id = $1 AND event.sequence <= $2 AND event.type ^@ 'trade.'
                    GROUP BY event.trade_id
                ) AS trade
                CROSS JOIN LATERAL ledger.fold_trade(trade.events) AS fold
                WHERE fold.first_sequence IS NOT NULL
            )
            SELECT
                CASE
                    WHEN folded.trade_id IS NULL THEN 'added'
                    WHEN kept.trade_id IS NULL THEN 'missing'
                    ELSE 'altered'
                END,
                coalesce(folded.trade_id, kept.trade_id) AS trade_id,
                NULL
            FROM folded
            FULL JOIN (SELECT * FROM \(TradeTable.name) WHERE ledger_id = $1) AS kept USING (trade_id)
            WHERE \(row("folded"))::text IS DISTINCT FROM \(row("kept"))::text
            UNION ALL
            SELECT 'count', NULL, count(*) FROM folded
            ORDER BY 2
            """
    }()
}

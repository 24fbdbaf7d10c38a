internal import Postgres
internal import TradeModel

/// Duplicate rows in a table whose key was dropped.
enum DoubledRows {
    /// Deletes all but one of the ledger's rows that have the same key, and returns how many these were.
    ///
    /// The key is an expression over a row `kept`.
    @discardableResult
    static func delete(
        _ connection: inout Connection,
        from table: String,
        _ ledgerID: EventID,
        by key: String
    ) throws(PostgresError) -> Int {
        let result = try connection.query(
            """
            DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
                SELECT place
                FROM (
                    SELECT kept.ctid AS place, row_number() OVER (PARTITION BY \(key) ORDER BY kept.ctid) AS number
                    FROM \(table) AS kept WHERE kept.ledger_id = $1
                ) AS numbered
                WHERE number > 1
            ))
            """,
            [.text(ledgerID.description)]
        )
        return result.affectedRowCount
    }
}

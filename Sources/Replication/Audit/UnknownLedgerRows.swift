internal import Postgres
internal import Replay
internal import TradeModel

/// Rows that are of no ledger that the database knows.
struct UnknownLedgerRows {
    /// What was found in the projections, which the public views show all the same, one for each table and ledger:
    /// `ledger.trades of ledger … (3)`.
    let groups: [String]
    /// Events and checkpoints, which can be all that is left of a ledger: nobody deletes them but a person.
    let eventGroups: [String]

    private static let tables = [TradeTable.name, PerformanceTable.name]

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
        eventGroups = try Self.eventGroups(&connection, besides: ledgerID)
    }

    /// Goes from each ledger to the next one in the index, however many rows they have.
    private static func eventGroups(
        _ connection: inout Connection,
        besides ledgerID: EventID
    ) throws(PostgresError) -> [String] {
        let parts = ["ledger.trade_events", "ledger.checkpoints"].map { table in
            """
            SELECT '\(table) of ledger ' || ledger_id AS name
            FROM (
                WITH RECURSIVE ledger AS (
                    (SELECT ledger_id FROM \(table) WHERE ledger_id IS NOT NULL ORDER BY ledger_id LIMIT 1)
                    UNION ALL
                    SELECT (SELECT ledger_id FROM \(table) WHERE ledger_id > ledger.ledger_id ORDER BY 1 LIMIT 1)
                    FROM ledger WHERE ledger_id IS NOT NULL
                )
                SELECT ledger_id FROM ledger
            ) AS kept
            WHERE ledger_id IS NOT NULL AND \(condition(besides: ledgerID))
            """
        }
        let rows = try connection.query(parts.joined(separator: " UNION ALL ") + " ORDER BY name")
        return (0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0) }
    }

    /// What a repair deletes, as a difference; nil where nothing was found.
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

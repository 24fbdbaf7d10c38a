internal import Postgres
internal import Replay
internal import TradeModel

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

internal import Ledger
internal import Postgres
internal import Projections
package import Replay
package import TradeModel

/// The trades of one ledger as a database holds them, for a comparison: its rows of `ledger.trades`.
///
/// They are read in one snapshot however often they are visited, and as text, so that values which no ledger can have
/// written are shown unchanged.
package final class DatabaseTrades: TradeSource {
    /// The ledger whose trades they are.
    package let ledgerID: EventID
    /// The last event that the database has of it.
    package let sequence: UInt64
    /// The database, for messages.
    package let endpoint: String
    package let stepCount: UInt64
    /// In a transaction, which ends with the session.
    private var connection: Connection

    /// Begins a snapshot: of the first of the preferred ledgers that the database has, or of the only one that it has.
    ///
    /// Throws `invalidRequest` where it has several others, and `notALedger` where it has none.
    package init(_ address: DatabaseAddress, preferring ledgerIDs: [EventID]) throws(ReplicationError) {
        var connection = try address.open("tradeledger diff")
        let endpoint = connection.endpoint
        (ledgerID, sequence, stepCount) = try ReplicationError.converting(at: endpoint) {
            // Reading the other side may take long.
            try connection.execute(
                """
                SET idle_in_transaction_session_timeout = 0;
                BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
                """
            )
            let ledgerID = try Self.choose(ReplicationRow.ledgerIDs(&connection), ledgerIDs, endpoint)
            let row = try ReplicationRow.read(&connection, ledgerID, .reading)
            let count = try connection.query("SELECT count(*) FROM (\(Self.query(ledgerID))) AS trades")
            let stepCount = UInt64(try count.int64(row: 0, column: 0) ?? 0)
            return (ledgerID, try row?.position.lastSequence ?? 0, stepCount)
        }
        self.endpoint = endpoint
        self.connection = connection
    }

    package func visit(onStep: () -> Void, _ body: (StatedTrade) throws -> Void) throws {
        do {
            try connection.copyOut(Self.query(ledgerID)) { rows in
                while let row = try rows.next() {
                    onStep()
                    try body(StatedTrade(values: (0..<row.columnCount).map { row.text($0) }))
                }
            }
        } catch let error as PostgresError {
            try ReplicationError.converting(at: endpoint) { throw error }
        }
    }

    private static func choose(
        _ ids: [EventID],
        _ preferred: [EventID],
        _ endpoint: String
    ) throws(LedgerError) -> EventID {
        if let id = preferred.first(where: ids.contains) { return id }
        guard let id = ids.first else {
            throw LedgerError(.notALedger, "\(endpoint) holds no ledger", remedy: "run `tradeledger replicate`")
        }
        guard ids.count == 1 else {
            throw LedgerError(
                .invalidRequest,
                "\(endpoint) holds several ledgers: " + ids.map(\.description).joined(separator: ", "),
                remedy: "name the directory of one of them with --ledger"
            )
        }
        return id
    }

    private static func query(_ ledgerID: EventID) -> String {
        let columns = TradeRow.printedColumns.map(expression).joined(separator: ", ")
        return "SELECT \(columns) FROM \(TradeTable.name) WHERE ledger_id = '\(ledgerID)'"
    }

    /// A column as the canonical text that the fold of a log gives it.
    private static func expression(_ column: Column<TradeRow>) -> String {
        let value = column.expression.map { "(\($0))" } ?? column.name
        switch column.type {
        case .timestamptz:
            return """
                CASE WHEN isfinite(\(value))
                    THEN to_char(\(value) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                    ELSE \(value)::text END
                """
        case .numeric: return "trim_scale(\(value))::text"
        case .uuid, .text, .bigint, .boolean, .json: return "\(value)::text"
        }
    }
}

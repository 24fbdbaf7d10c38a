internal import Ledger
internal import Postgres
package import Replay
package import TradeModel

/// The rows of one ledger as a database holds them, for a comparison.
///
/// They are read in one snapshot however often they are visited, and as text, so that values which no ledger can have
/// written are shown unchanged.
package final class DatabaseSide: DiffSide {
    package let ledgerID: EventID
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
            let trades = "SELECT count(*) FROM \(TradeTable.name) WHERE ledger_id = $1"
            let count = try connection.query(trades, of: ledgerID)
            let stepCount = UInt64(try count.int64(row: 0, column: 0) ?? 0)
            return (ledgerID, try row?.position.lastSequence ?? 0, stepCount)
        }
        self.endpoint = endpoint
        self.connection = connection
    }

    package func rows(of projection: ComparedProjection) -> any RowSource { StoredRows(side: self, projection) }

    /// The rows of a projection.
    private struct StoredRows: RowSource {
        private let side: DatabaseSide
        private let projection: ComparedProjection

        init(side: DatabaseSide, _ projection: ComparedProjection) {
            (self.side, self.projection) = (side, projection)
        }

        func visit(onStep: () -> Void, _ body: (StatedRow) throws -> Void) throws {
            try side.visit(projection, onStep: onStep, body)
        }
    }

    private func visit(
        _ projection: ComparedProjection,
        onStep: () -> Void,
        _ body: (StatedRow) throws -> Void
    ) throws {
        let columns = projection.expressions.joined(separator: ", ")
        let query = """
            SELECT \(projection.place), \(columns)
            FROM \(projection.table) WHERE ledger_id = '\(ledgerID)'
            """
        do {
            try connection.copyOut(query) { rows in
                while let row = try rows.next() {
                    onStep()
                    let values = (1..<row.columnCount).map { row.text($0) }
                    try body(StatedRow(values, place: row.text(0).flatMap { Int64($0) } ?? 0))
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
}

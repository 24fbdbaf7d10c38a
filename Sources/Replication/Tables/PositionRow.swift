internal import Ledger
internal import Postgres
internal import TradeModel

/// The position of a ledger in `ledger.replication`; nil for a value that no batch can have written.
struct StatedPosition {
    /// Columns of the query that it is read from, which come first.
    static let columnList = "ledger_number, last_sequence, root"

    let ledgerNumber: Int64?
    let lastSequence: UInt64?
    let root: MerkleHash?
    /// More than one only if the table's key was dropped.
    let rowCount: Int
    private let fault: PostgresError?

    /// Reads the first of at least one row.
    init(_ result: borrowing QueryResult, _ ledgerID: EventID) throws(PostgresError) {
        let number = try result.int64(row: 0, column: 0)
        ledgerNumber = number.flatMap { StoredBounds.ledgerNumbers.contains($0) ? $0 : nil }
        lastSequence = result.sequence(row: 0, column: 1)
        root = result.root(row: 0, column: 2)
        rowCount = result.rowCount
        let isMissing = [ledgerNumber == nil, lastSequence == nil, root == nil]
        let table = "ledger.replication"
        if let column = isMissing.firstIndex(of: true) {
            let name = Self.columnList.split(separator: ", ")[column]
            fault = StoredValue(table: table, column: String(name), row: "ledger \(ledgerID)")
                .foreign(result.shown(row: 0, column: column))
        } else if rowCount > 1 {
            fault = PostgresError(kind: .foreignValue, message: "\(table) has \(rowCount) rows of ledger \(ledgerID)")
        } else {
            fault = nil
        }
    }

    /// The position, if a batch can have written all of it.
    ///
    /// Throws `foreignValue`, naming the first column that is not.
    func checked() throws(PostgresError) -> ReplicationRow {
        if let fault { throw fault }
        guard let ledgerNumber, let lastSequence, let root else { preconditionFailure("what is missing has a fault") }
        return ReplicationRow(ledgerNumber: ledgerNumber, lastSequence: lastSequence, root: root)
    }
}

/// The whole row of a ledger in `ledger.replication`, for checks and reports.
struct PositionRow {
    let position: StatedPosition
    /// When the ledger took the last event; nil before any, and for a time that no event can have.
    let lastRecordedAt: Timestamp?
    /// When the last batch was stored, by the server's clock, as RFC 3339.
    let replicatedAt: String
    let projectionVersion: Int64?
    /// The replicator that stored the last batch: host, directory and version; nil if not recorded.
    let replicator: (host: String, directory: String, version: String)?

    /// The row of the ledger; nil if the database does not know it.
    ///
    /// Throws if the row has to be locked and the login may not write this ledger.
    static func read(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ access: ReplicationRow.Access
    ) throws(PostgresError) -> PositionRow? {
        let result = try connection.query(
            """
            SELECT
                \(StatedPosition.columnList),
                CASE WHEN last_recorded_at >= '1970-01-01 00:00:00+00' AND last_recorded_at < '10000-01-01 00:00:00+00'
                    THEN (extract(epoch FROM last_recorded_at) * 1000000)::bigint END,
                to_char(replicated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), projection_version,
                replicated_by_host, replicated_from_directory, replicated_by_version
            FROM ledger.replication WHERE ledger_id = $1
            """ + (access == .locking ? " FOR UPDATE" : ""),
            [.text(ledgerID.description)]
        )
        guard result.rowCount > 0 else {
            if access == .locking { try checkWritable(&connection, ledgerID) }
            return nil
        }
        var replicator: (host: String, directory: String, version: String)?
        if let host = result.text(row: 0, column: 6), let directory = result.text(row: 0, column: 7),
            let program = result.text(row: 0, column: 8)
        {
            replicator = (host, directory, program)
        }
        return PositionRow(
            position: try StatedPosition(result, ledgerID),
            lastRecordedAt: try result.int64(row: 0, column: 3).map(Timestamp.init(microsecondsSince1970:)),
            replicatedAt: result.text(row: 0, column: 4) ?? "",
            projectionVersion: try result.int64(row: 0, column: 5),
            replicator: replicator
        )
    }

    /// Throws where the login is bound to other ledgers.
    ///
    /// Row security lets such a login read the row, and hides it where the login would lock it.
    private static func checkWritable(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        let result = try connection.query(
            """
            SELECT session_user, row_security_active('ledger.replication')
                AND EXISTS (SELECT FROM ledger.writer_limits)
                AND NOT EXISTS (SELECT FROM ledger.writer_limits WHERE ledger_id = $1)
            """,
            [.text(ledgerID.description)]
        )
        guard result.text(row: 0, column: 1) == "t" else { return }
        let login = result.text(row: 0, column: 0) ?? ""
        throw PostgresError(
            kind: .server,
            sqlState: "42501",
            message: "login \(login) may not write ledger \(ledgerID): ledger.writer_ledgers names others for it"
        )
    }
}

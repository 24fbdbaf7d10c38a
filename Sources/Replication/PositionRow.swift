internal import Ledger
internal import Postgres
internal import TradeModel

/// All that `ledger.replication` says of a ledger, for those who check it or tell of it.
struct PositionRow {
    let position: ReplicationRow
    /// When the ledger took the last event; nil before any.
    let lastRecordedAt: Timestamp?
    /// When the last batch was stored, by the server's clock, as RFC 3339.
    let replicatedAt: String
    let projectionVersion: Int64
    /// Who stored the last batch: host, directory and version; nil where nobody told.
    let shipper: (host: String, directory: String, version: String)?

    /// The row of the ledger; nil where the database has never heard of it.
    static func read(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ access: ReplicationRow.Access
    ) throws(PostgresError) -> PositionRow? {
        guard let position = try ReplicationRow.read(&connection, ledgerID, access) else { return nil }
        let result = try connection.query(
            """
            SELECT
                CASE WHEN isfinite(last_recorded_at)
                    THEN (extract(epoch FROM last_recorded_at) * 1000000)::bigint END,
                to_char(replicated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), projection_version,
                replicated_by_host, replicated_from_directory, replicated_by_version
            FROM ledger.replication WHERE ledger_id = $1
            """,
            [.text(ledgerID.description)]
        )
        guard result.rowCount == 1, let version = try result.int64(row: 0, column: 2) else { return nil }
        let lastRecordedAt = try result.int64(row: 0, column: 0).map(Timestamp.init(microsecondsSince1970:))
        var shipper: (host: String, directory: String, version: String)?
        if let host = result.text(row: 0, column: 3), let directory = result.text(row: 0, column: 4),
            let program = result.text(row: 0, column: 5)
        {
            shipper = (host, directory, program)
        }
        return PositionRow(
            position: position,
            lastRecordedAt: lastRecordedAt,
            replicatedAt: result.text(row: 0, column: 1) ?? "",
            projectionVersion: version,
            shipper: shipper
        )
    }
}

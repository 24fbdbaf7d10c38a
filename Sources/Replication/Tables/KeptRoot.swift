internal import Ledger
internal import Postgres
internal import TradeModel

/// A root of the log that `ledger.checkpoints` has kept from a batch whose events the database lost.
struct KeptRoot {
    let sequence: UInt64
    let root: MerkleHash

    /// The last one after a position and up to a limit; nil if there is none.
    static func last(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after position: UInt64,
        upTo limit: UInt64
    ) throws(PostgresError) -> KeptRoot? {
        let result = try connection.query(
            """
            SELECT sequence, root FROM ledger.checkpoints
            WHERE ledger_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence DESC LIMIT 1
            """,
            [.text(ledgerID.description), .int64(Int64(position)), .int64(Int64(limit))]
        )
        guard result.rowCount == 1 else { return nil }
        guard let sequence = result.sequence(row: 0, column: 0), let root = result.root(row: 0, column: 1) else {
            let row = "sequence \(result.shown(row: 0, column: 0) ?? "NULL")"
            throw StoredValue(table: "ledger.checkpoints", column: "root", row: row)
                .foreign(result.bytes(row: 0, column: 1).map { "\($0.count) bytes" })
        }
        return KeptRoot(sequence: sequence, root: root)
    }
}

internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// A row of `ledger.checkpoints`: the root after one batch.
struct CheckpointRow {
    let sequence: UInt64
    /// Where the batch begins: right after the previous checkpoint; 0 if the row holds an impossible value.
    let firstSequence: UInt64
    /// Nil if the row does not hold one.
    let root: MerkleHash?

    /// Writes the row; it must have a root.
    func insert(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        try connection.query(
            "INSERT INTO ledger.checkpoints (ledger_id, sequence, root, first_sequence) VALUES ($1, $2, $3, $4)",
            of: ledgerID,
            .int64(Int64(sequence)),
            root.map { .bytes($0.bytes) } ?? .null,
            .int64(Int64(firstSequence))
        )
    }
}

/// The rows of `ledger.checkpoints` of one ledger.
///
/// The table's constraints keep sequences positive and unique, and roots at 32 bytes; rows that violate them are kept
/// apart.
struct CheckpointRows {
    /// Those that have a sequence, one for each, in order.
    private(set) var rows: [CheckpointRow] = []
    /// Sequences that have more than one row.
    private(set) var doubled = SequenceRanges()
    /// Sequences that no checkpoint can have.
    private(set) var outOfRange = SequenceRanges()
    /// Rows without a sequence.
    private(set) var unnumberedCount = 0
    /// The first row that no batch can have written.
    private(set) var fault: PostgresError?

    private static let table = "ledger.checkpoints"

    static func read(_ connection: inout Connection, _ ledgerID: EventID) throws -> CheckpointRows {
        let query = """
            SELECT sequence, first_sequence, root FROM \(table) WHERE ledger_id = '\(ledgerID)'
            ORDER BY sequence
            """
        return try connection.copyOut(query) { rows in
            var checkpoints = CheckpointRows()
            while let row = try rows.next() { try checkpoints.append(row, ledgerID) }
            return checkpoints
        }
    }

    /// The sequence of the last checkpoint, 0 without one.
    static func lastSequence(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> UInt64 {
        let result = try connection.query(
            "SELECT max(sequence) FROM \(table) WHERE ledger_id = $1 AND sequence > 0",
            of: ledgerID
        )
        return result.sequence(row: 0, column: 0) ?? 0
    }

    /// The last checkpoint after a position and up to a limit; nil if there is none.
    static func last(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after position: UInt64,
        upTo limit: UInt64
    ) throws(PostgresError) -> (sequence: UInt64, root: MerkleHash)? {
        let result = try connection.query(
            """
            SELECT sequence, root FROM \(table)
            WHERE ledger_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence DESC LIMIT 1
            """,
            of: ledgerID,
            .int64(Int64(position)),
            .int64(Int64(limit))
        )
        guard result.rowCount == 1 else { return nil }
        guard let sequence = result.sequence(row: 0, column: 0), let root = result.root(row: 0, column: 1) else {
            let row = "sequence \(result.shown(row: 0, column: 0) ?? "NULL")"
            throw StoredValue(table: table, column: "root", row: row)
                .foreign(result.bytes(row: 0, column: 1).map { "\($0.count) bytes" })
        }
        return (sequence, root)
    }

    private mutating func append(_ row: CopyRow, _ ledgerID: EventID) throws(PostgresError) {
        func note(_ column: String, _ content: String?, _ key: String) {
            fault = fault ?? StoredValue(table: Self.table, column: column, row: key).foreign(content)
        }
        guard let number = try row.int64(0) else {
            unnumberedCount += 1
            return note("sequence", nil, "ledger \(ledgerID)")
        }
        guard let sequence = UInt64(exactly: number), sequence > 0 else {
            outOfRange.append(number)
            return note("sequence", String(number), "ledger \(ledgerID)")
        }
        guard rows.last?.sequence != sequence else {
            doubled.append(number)
            return note("sequence", "\(sequence) twice", "ledger \(ledgerID)")
        }
        let first = try row.int64(1)
        let isInRange = first.map { (1...number).contains($0) } == true
        if !isInRange { note("first_sequence", first?.description, "sequence \(sequence)") }
        let root = row.bytes(2).flatMap { MerkleHash($0) }
        if root == nil { note("root", row.bytes(2).map { "\($0.count) bytes" }, "sequence \(sequence)") }
        let firstSequence = isInRange ? first.flatMap(UInt64.init(exactly:)) ?? 0 : 0
        rows.append(CheckpointRow(sequence: sequence, firstSequence: firstSequence, root: root))
    }
}

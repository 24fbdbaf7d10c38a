internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// A row of `ledger.checkpoints`: the root after one batch.
struct CheckpointRow {
    let sequence: UInt64
    /// Where the batch begins: right after the previous checkpoint; 0 if the row holds an impossible value.
    let firstSequence: UInt64
    /// The root's bytes, without an allocation each: there is one for every batch of a long history.
    private let words: SIMD4<UInt64>
    private let hasRoot: Bool

    /// A checkpoint from its row; the root is nil if the row does not hold one.
    init(sequence: UInt64, firstSequence: UInt64, root: MerkleHash?) {
        self.sequence = sequence
        self.firstSequence = firstSequence
        words = root.map(Self.words) ?? .zero
        hasRoot = root != nil
    }

    /// Whether the root is this one.
    func hasRoot(_ root: MerkleHash) -> Bool { hasRoot && words == Self.words(root) }

    private static func words(_ root: MerkleHash) -> SIMD4<UInt64> {
        SIMD4(
            root.bytes.littleEndian64(at: 0),
            root.bytes.littleEndian64(at: 8),
            root.bytes.littleEndian64(at: 16),
            root.bytes.littleEndian64(at: 24)
        )
    }
}

/// The rows of `ledger.checkpoints` of one ledger.
///
/// The table's constraints keep sequences positive and unique, and roots at 32 bytes; rows that violate them are kept
/// apart.
struct KeptCheckpoints {
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

    /// The checkpoints of a ledger.
    static func read(_ connection: inout Connection, _ ledgerID: EventID) throws -> KeptCheckpoints {
        let query = """
            SELECT sequence, first_sequence, root FROM \(table) WHERE ledger_id = '\(ledgerID)'
            ORDER BY sequence
            """
        return try connection.copyOut(query) { rows in
            var kept = KeptCheckpoints()
            while let row = try rows.next() { try kept.append(row, ledgerID) }
            return kept
        }
    }

    /// Throws `foreignValue` if no batch can have written one of the rows.
    func check() throws(PostgresError) {
        if let fault { throw fault }
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

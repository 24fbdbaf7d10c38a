internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// A row of `ledger.checkpoints`: the root behind one batch.
struct Checkpoint {
    let sequence: UInt64
    /// Where the batch begins: right behind the checkpoint before it.
    let firstSequence: UInt64
    /// The root's bytes, without an allocation each: there is one for every batch of a long history.
    private let words: SIMD4<UInt64>

    init(sequence: UInt64, firstSequence: UInt64, root: MerkleHash) {
        self.sequence = sequence
        self.firstSequence = firstSequence
        words = Self.words(root)
    }

    /// Whether the root is this one.
    func hasRoot(_ root: MerkleHash) -> Bool { words == Self.words(root) }

    private static func words(_ root: MerkleHash) -> SIMD4<UInt64> {
        SIMD4(
            root.bytes.littleEndian64(at: 0),
            root.bytes.littleEndian64(at: 8),
            root.bytes.littleEndian64(at: 16),
            root.bytes.littleEndian64(at: 24)
        )
    }

    /// The checkpoints of a ledger in order.
    ///
    /// The table's own rules keep sequences above zero and roots at 32 bytes; a row for which they were lifted, and
    /// which no batch can have left, is left out.
    static func read(_ connection: inout Connection, _ ledgerID: EventID) throws -> [Checkpoint] {
        let query = """
            SELECT sequence, first_sequence, root FROM ledger.checkpoints WHERE ledger_id = '\(ledgerID)'
            ORDER BY sequence
            """
        return try connection.copyOut(query) { rows in
            var checkpoints: [Checkpoint] = []
            while let row = try rows.next() {
                guard let sequence = try row.int64(0).flatMap(UInt64.init(exactly:)),
                    let first = try row.int64(1).flatMap(UInt64.init(exactly:)),
                    let root = row.bytes(2).flatMap({ MerkleHash($0) })
                else { continue }
                checkpoints.append(Checkpoint(sequence: sequence, firstSequence: first, root: root))
            }
            return checkpoints
        }
    }
}

/// Compares the checkpoints of a database with the roots of the log, as the log is passed in order.
///
/// Roots show what was altered. Each checkpoint says where its batch begins, so a hole between two shows that at least
/// one is missing, and an overlap that one was added; how many are missing in one hole cannot be known. A checkpoint
/// that was taken away together with a change of `first_sequence` in the next one leaves no trace, and says nothing
/// wrong either.
struct CheckpointComparison {
    private var rest: ArraySlice<Checkpoint>
    let count: Int
    /// The last that the database has, 0 where it has none.
    let lastSequence: UInt64
    /// Those that belong, as far as was compared: where each lies and where its batch begins.
    private var chain: [(sequence: UInt64, firstSequence: UInt64)] = []
    private var foreignRoots: [UInt64] = []
    private var wrongBegins: [UInt64] = []
    private var missingSequences: [UInt64] = []
    private var addedSequences: [UInt64] = []
    /// The last one whose root is the log's: it proves that the database once got this log's events up to there.
    private(set) var vouchedSequence: UInt64 = 0

    /// Begins before the first of them, which are in order.
    init(_ checkpoints: [Checkpoint]) {
        rest = checkpoints[...]
        count = checkpoints.count
        lastSequence = checkpoints.last?.sequence ?? 0
    }

    /// Compares the checkpoint at a sequence, where there is one, with the log's root there.
    mutating func compare(at sequence: UInt64, _ root: MerkleHash) {
        guard let checkpoint = rest.first, checkpoint.sequence == sequence else { return }
        rest = rest.dropFirst()
        if checkpoint.hasRoot(root) {
            vouchedSequence = sequence
        } else {
            foreignRoots.append(sequence)
        }
        link(checkpoint)
    }

    /// Takes in the end: `last` is the position, where the last batch ended.
    mutating func finish(position last: UInt64) {
        let end = chain.last?.sequence ?? 0
        if last > 0, end != last { missingSequences.append(last) }
        addedSequences += rest.map(\.sequence)
        rest = []
    }

    /// The first behind all that are vouched for whose root is not the log's, nil where there is none.
    var firstForeignSequence: UInt64? { foreignRoots.first { $0 > vouchedSequence } }

    /// The first thing that differs, in words.
    var first: String? {
        let candidates = [
            told(alteredRoots) { "the root at \($0) is not that of the log" },
            told(missingSequences) { "the checkpoint at \($0) is missing" },
            told(addedSequences) { "the checkpoint at \($0) does not belong" },
            told(wrongBegins) { "the checkpoint at \($0) does not begin where the one before it ends" },
        ]
        return candidates.compactMap { $0 }.min { $0.sequence < $1.sequence }?.text
    }

    /// What differs.
    var differences: [AuditDifference] {
        [
            AuditDifference(.altered, columns: ["root"], Self.ranges(alteredRoots)),
            AuditDifference(.altered, columns: ["first_sequence"], Self.ranges(wrongBegins)),
            AuditDifference(.missing, Self.ranges(missingSequences)),
            AuditDifference(.added, Self.ranges(addedSequences)),
        ].filter { $0.count > 0 }
    }

    /// What makes the table right: the checkpoints to delete, and those to write with the log's roots.
    var mending: (deleted: [UInt64], written: [(sequence: UInt64, firstSequence: UInt64)]) {
        let wrong = Set(alteredRoots + wrongBegins + missingSequences)
        let sequences = (chain.map(\.sequence) + missingSequences).sorted()
        let begins = [1] + sequences.dropLast().map { $0 + 1 }
        let written = zip(sequences, begins).filter { wrong.contains($0.0) }
        return (addedSequences + written.map(\.0), written.map { (sequence: $0.0, firstSequence: $0.1) })
    }

    /// Those whose root alone is wrong.
    private var alteredRoots: [UInt64] {
        let added = Set(addedSequences)
        return foreignRoots.filter { !added.contains($0) }
    }

    /// Finds where the checkpoint's batch begins among those before it.
    private mutating func link(_ checkpoint: Checkpoint) {
        let end = chain.last?.sequence ?? 0
        if checkpoint.firstSequence > end + 1 {
            missingSequences.append(checkpoint.firstSequence - 1)
        } else if checkpoint.firstSequence <= end {
            // Those within the batch were added, if before them one ends where it begins.
            let inner = chain.lastIndex { $0.sequence < checkpoint.firstSequence }.map { $0 + 1 } ?? 0
            if checkpoint.firstSequence == (inner == 0 ? 1 : chain[inner - 1].sequence + 1) {
                addedSequences += chain[inner...].map(\.sequence)
                chain.removeSubrange(inner...)
            } else {
                wrongBegins.append(checkpoint.sequence)
            }
        }
        chain.append((checkpoint.sequence, checkpoint.firstSequence))
    }

    private func told(_ sequences: [UInt64], _ text: (UInt64) -> String) -> (sequence: UInt64, text: String)? {
        sequences.min().map { ($0, text($0)) }
    }

    private static func ranges(_ sequences: [UInt64]) -> SequenceRanges {
        var ranges = SequenceRanges()
        for sequence in sequences.sorted() { ranges.append(Int64(sequence)) }
        return ranges
    }
}

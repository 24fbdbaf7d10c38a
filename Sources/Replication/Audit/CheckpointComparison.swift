internal import Ledger
internal import Replay

/// Compares the checkpoints of a database with the roots of the log while the log is read in order.
///
/// Roots show what was altered. Each checkpoint says where its batch begins, so a hole between two shows that at least
/// one is missing, and an overlap that one was added; how many are missing in one hole cannot be known. If a checkpoint
/// was removed and `first_sequence` of the next one changed to match, that leaves no trace, but nothing in the table is
/// then wrong either.
struct CheckpointComparison {
    private let kept: CheckpointRows
    private var rest: ArraySlice<CheckpointRow>
    var count: Int { kept.rows.count }
    /// Those that belong, as far as was compared: where each lies and where its batch begins.
    private var chain: [(sequence: UInt64, firstSequence: UInt64)] = []
    private var foreignRoots: [UInt64] = []
    private var wrongBegins: [UInt64] = []
    private var missingSequences: [UInt64] = []
    private var addedSequences: [UInt64] = []
    /// The last one whose root is the log's: it proves that the database once got this log's events up to there.
    private(set) var vouchedSequence: UInt64 = 0

    /// Begins before the first of them.
    init(_ kept: CheckpointRows) {
        self.kept = kept
        rest = kept.rows[...]
    }

    /// Compares the checkpoint at a sequence, where there is one, with the log's root there.
    mutating func compare(at sequence: UInt64, _ root: MerkleHash) {
        guard let checkpoint = rest.first, checkpoint.sequence == sequence else { return }
        rest = rest.dropFirst()
        if checkpoint.root == root {
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

    /// The first after all vouched ones whose root is not the log's; nil if there is none.
    var firstForeignSequence: UInt64? { foreignRoots.first { $0 > vouchedSequence } }

    /// The first thing that differs, in words.
    var first: String? {
        if kept.unnumberedCount > 0 { return "a checkpoint has no sequence" }
        if let sequence = kept.outOfRange.first { return "the checkpoint at \(sequence) does not belong" }
        let candidates = [
            told(kept.doubled.ranges.map { UInt64(clamping: $0.lowerBound) }) {
                "the checkpoint at \($0) is there more than once"
            },
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
            AuditDifference(.doubled, kept.doubled),
            AuditDifference(.added, Self.ranges(addedSequences).union(kept.outOfRange)),
            AuditDifference(.added, groups: kept.unnumberedCount > 0 ? ["without a sequence"] : []),
        ].filter { $0.count > 0 }
    }

    /// How to repair the table: the sequences whose rows have to be deleted, beside those below 1 or null, and the rows
    /// to write with the log's roots.
    var mending: (deleted: [UInt64], written: [(sequence: UInt64, firstSequence: UInt64)]) {
        let doubled = kept.doubled.ranges.flatMap { $0.map { UInt64(clamping: $0) } }
        let begins = Dictionary(uniqueKeysWithValues: chain.map { ($0.sequence, $0.firstSequence) })
        let wrong = Set(alteredRoots + missingSequences + doubled)
        var (written, last): ([(sequence: UInt64, firstSequence: UInt64)], UInt64) = ([], 0)
        for sequence in Set(chain.map(\.sequence) + missingSequences).sorted() {
            if wrong.contains(sequence) || begins[sequence] != last + 1 { written.append((sequence, last + 1)) }
            last = sequence
        }
        return (addedSequences + doubled + written.map(\.sequence), written)
    }

    /// Those whose root alone is wrong.
    private var alteredRoots: [UInt64] {
        let added = Set(addedSequences)
        return foreignRoots.filter { !added.contains($0) }
    }

    /// Finds where the checkpoint's batch begins among those before it.
    private mutating func link(_ checkpoint: CheckpointRow) {
        let end = chain.last?.sequence ?? 0
        if checkpoint.firstSequence > end + 1 {
            missingSequences.append(checkpoint.firstSequence - 1)
        } else if checkpoint.firstSequence <= end {
            // Those within the batch were added, if before them one ends where it begins.
            let inner = chain.lastIndex { $0.sequence < checkpoint.firstSequence }.map { $0 + 1 } ?? 0
            if checkpoint.firstSequence == (inner == 0 ? 1 : chain[inner - 1].sequence + 1) {
                addedSequences += chain[inner...].map(\.sequence)
                chain.removeSubrange(inner...)
                // What these said of their own begins goes with them.
                missingSequences.removeAll { $0 >= checkpoint.firstSequence }
                wrongBegins.removeAll { $0 >= checkpoint.firstSequence }
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

/// A sorted set of sequences stored as ranges: exact, and compact for millions of consecutive ones.
///
/// Signed, because a tampered table may hold values below 1.
public struct SequenceRanges: Hashable, Sendable {
    /// The runs, none of which touches the next.
    public private(set) var ranges: [ClosedRange<Int64>] = []
    /// How many sequences there are.
    public private(set) var count: UInt64 = 0

    /// No sequences.
    package init() {}

    /// One sequence.
    package init(single sequence: UInt64) {
        append(Int64(sequence))
    }

    /// Whether there are none.
    public var isEmpty: Bool { ranges.isEmpty }

    /// The first sequence.
    public var first: Int64? { ranges.first?.lowerBound }

    /// The last sequence.
    public var last: Int64? { ranges.last?.upperBound }

    /// Adds a sequence, which is after all others or equals the last.
    package mutating func append(_ sequence: Int64) {
        if let last = ranges.last {
            precondition(sequence >= last.upperBound, "sequences come in order")
            if sequence == last.upperBound { return }
        }
        if let last = ranges.last, last.upperBound == sequence - 1 {
            ranges[ranges.count - 1] = last.lowerBound...sequence
        } else {
            ranges.append(sequence...sequence)
        }
        count += 1
    }

    /// The sequences of both.
    package func union(_ other: SequenceRanges) -> SequenceRanges {
        var union = SequenceRanges()
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) { union.merge(range) }
        return union
    }

    /// The first runs, such as `17, 20..35`, and how many more there are.
    package func told(rangeCountMax: Int = 10) -> String {
        let told = ranges.prefix(rangeCountMax)
        let text = told.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)..\($0.upperBound)" }
            .joined(separator: ", ")
        guard ranges.count > told.count else { return text }
        let toldCount = told.reduce(0) { $0 + UInt64($1.count) }
        return text + " and \(count - toldCount) more in " + counted(ranges.count - told.count, "range")
    }

    /// At most this many ranges that cover all of the sequences; close ones are joined to stay within the limit.
    package func joined(rangeCountMax: Int) -> [ClosedRange<Int64>] {
        var (joined, gap) = (ranges, UInt64(1))
        while joined.count > rangeCountMax {
            gap *= 2
            joined = joined.reduce(into: []) { runs, run in
                if let last = runs.last, UInt64(bitPattern: run.lowerBound &- last.upperBound) <= gap {
                    runs[runs.count - 1] = last.lowerBound...run.upperBound
                } else {
                    runs.append(run)
                }
            }
        }
        return joined
    }

    private mutating func merge(_ range: ClosedRange<Int64>) {
        if let last = ranges.last, last.upperBound >= range.upperBound { return }
        if let last = ranges.last, range.lowerBound <= last.upperBound + 1 {
            count += UInt64(range.upperBound - last.upperBound)
            ranges[ranges.count - 1] = last.lowerBound...range.upperBound
        } else {
            ranges.append(range)
            count += UInt64(range.count)
        }
    }
}

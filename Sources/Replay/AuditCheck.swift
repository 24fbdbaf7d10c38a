/// One check of an audit, with its extent.
public struct AuditCheck: Sendable {
    /// What was checked, in a few words.
    public let name: String
    /// The extent of the check, such as `1154 events, 3 segments`.
    public let extent: String
    /// What is wrong, with file, offset and sequence; nil where all is well.
    public let problem: String?
    /// Which rows of a database differ from the log, and how: all of them.
    public let differences: [AuditDifference]

    package init(name: String, extent: String, problem: String? = nil, differences: [AuditDifference] = []) {
        self.name = name
        self.extent = extent
        self.problem = problem
        self.differences = differences
    }
}

/// A count with its noun, as an extent says it: `1 event`, `2 days`, `3 entries`.
package func counted(_ count: some BinaryInteger, _ noun: String) -> String {
    guard count != 1 else { return "1 \(noun)" }
    return noun.hasSuffix("y") && !noun.hasSuffix("ay") ? "\(count) \(noun.dropLast())ies" : "\(count) \(noun)s"
}

/// How some rows of a database differ from the log, and which rows those are.
public struct AuditDifference: Sendable {
    /// What is wrong with the rows.
    public enum Kind: String, Sendable {
        /// They are there with other values.
        case altered
        /// They are not there.
        case missing
        /// They are there and do not belong.
        case added
        /// There are additional rows under the same sequence.
        case doubled
        /// They belong to events that the log does not have.
        case ahead
    }

    /// What is wrong.
    public let kind: Kind
    /// The columns with other values, of altered rows.
    public let columns: [String]
    /// The sequences of the events whose rows differ.
    public let sequences: SequenceRanges
    /// The ids of the trades whose rows differ, in order.
    public let tradeIDs: [String]
    /// The groups whose totals differ, in order.
    public let groups: [String]

    /// A difference of rows that have a sequence, of rows of trades, or of totals.
    package init(
        _ kind: Kind,
        columns: [String] = [],
        _ sequences: SequenceRanges = SequenceRanges(),
        tradeIDs: [String] = [],
        groups: [String] = []
    ) {
        self.kind = kind
        self.columns = columns
        self.sequences = sequences
        self.tradeIDs = tradeIDs
        self.groups = groups
    }

    /// How many rows differ.
    public var count: UInt64 { sequences.count + UInt64(names.count) }

    private var names: [String] { tradeIDs + groups }

    /// The kind, the columns and the first rows, such as `altered (price) 17, 20..35`.
    package var told: String {
        kind.rawValue + (columns.isEmpty ? "" : " (" + columns.joined(separator: ", ") + ")") + " " + which
    }

    /// The first rows, such as `17, 20..35`, and how many more there are.
    package var which: String {
        guard !names.isEmpty else { return sequences.told() }
        let told = names.prefix(10)
        return told.joined(separator: ", ") + (names.count > told.count ? " and \(names.count - told.count) more" : "")
    }
}

/// A sorted set of sequences stored as ranges: exact, and compact for millions of consecutive ones.
///
/// Signed, because a tampered table may hold values below 1.
public struct SequenceRanges: Hashable, Sendable {
    /// The runs, none of which touches the next.
    public private(set) var ranges: [ClosedRange<Int64>] = []
    /// How many sequences there are.
    public private(set) var count: UInt64 = 0

    package init() {}

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

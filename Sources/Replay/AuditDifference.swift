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

    /// A difference of rows that have a sequence.
    package init(_ kind: Kind, columns: [String] = [], _ sequences: SequenceRanges) {
        self.kind = kind
        self.columns = columns
        self.sequences = sequences
        tradeIDs = []
        groups = []
    }

    /// A difference of rows of trades.
    package init(_ kind: Kind, columns: [String] = [], tradeIDs: [String]) {
        self.kind = kind
        self.columns = columns
        sequences = SequenceRanges()
        self.tradeIDs = tradeIDs
        groups = []
    }

    /// A difference of totals.
    package init(_ kind: Kind, groups: [String]) {
        self.kind = kind
        columns = []
        sequences = SequenceRanges()
        tradeIDs = []
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

package import Ledger
internal import Projections
internal import TradeModel

/// One column in which two sides differ about a row.
package struct RowDifference: Hashable, Sendable {
    /// The values of the row's key, separated by spaces.
    package let key: String
    /// The column; the columns of the key where one side does not have the row.
    package let column: String
    /// What the first side says, nil where it has no value or no such row.
    package let a: String?
    /// What the second side says.
    package let b: String?
}

/// Compares the rows of two sides, column by column.
///
/// Both sides are read once for the marks of their rows, which show which ones differ, and again for the columns of
/// those. Memory holds the marks of every row, and then the columns of those that differ, so many of them at a time,
/// and the keys of those that one side lacks.
package struct RowDiff {
    /// How many rows differ.
    package struct Outcome: Hashable, Sendable {
        /// Rows that both sides have, and of which they say different things.
        package fileprivate(set) var alteredCount = 0
        /// Rows that only the first side has.
        package fileprivate(set) var onlyInACount = 0
        /// Rows that only the second side has.
        package fileprivate(set) var onlyInBCount = 0

        /// Whether both sides say the same.
        package var isEqual: Bool { self == Outcome() }
    }

    private let a: any RowSource
    private let b: any RowSource
    private let form: RowForm
    private let alteredCountMax: Int

    /// A comparison; where the columns of more than `alteredCountMax` rows differ, both sides are read again for each
    /// so many.
    package init(_ a: any RowSource, _ b: any RowSource, of form: RowForm, alteredCountMax: Int = 100_000) {
        (self.a, self.b, self.form) = (a, b, form)
        self.alteredCountMax = alteredCountMax
    }

    /// Visits what differs: rows in their order, columns in that of the form.
    ///
    /// `onStep` receives how much of both sides was read, and restarts each time they are read.
    package func run(onStep: (UInt64) -> Void, _ visit: (RowDifference) throws -> Void) throws -> Outcome {
        var differing = try differing(onStep)[...]
        var outcome = Outcome()
        while !differing.isEmpty {
            let round = takeRound(&differing)
            let said = try whatIsSaid(of: round, onStep)
            for entry in round {
                guard let said = said[entry.id] else { preconditionFailure("a side visits the same rows each time") }
                outcome.note(entry.presence)
                try tell(said, entry.presence, visit)
            }
        }
        return outcome
    }

    /// Which of the sides has a row.
    fileprivate enum Presence: Int {
        case both
        case onlyInA
        case onlyInB
    }

    private enum Side {
        case a
        case b
    }

    /// A row that differs.
    private struct Entry {
        let id: Mark
        let place: Int64
        let presence: Presence
    }

    /// The marks of what the sides say of a row.
    private struct Marks {
        var a = Mark.absent
        var b = Mark.absent
        var place: Int64

        var presence: Presence { b == .absent ? .onlyInA : a == .absent ? .onlyInB : .both }
    }

    /// The rows that differ, in order.
    private func differing(_ onStep: (UInt64) -> Void) throws -> [Entry] {
        var marks: [Mark: Marks] = [:]
        try read(onStep) { side, id, row in
            switch side {
            case .a: marks[id] = Marks(a: Mark(row.values), place: row.place)
            case .b: marks[id, default: Marks(place: row.place)].b = Mark(row.values)
            }
        }
        let entries = marks.compactMap { id, marks in
            marks.a == marks.b ? nil : Entry(id: id, place: marks.place, presence: marks.presence)
        }
        return entries.sorted { ($0.place, $0.presence.rawValue) < ($1.place, $1.presence.rawValue) }
    }

    /// Takes as many of the first entries as may be in memory with their columns.
    private func takeRound(_ entries: inout ArraySlice<Entry>) -> ArraySlice<Entry> {
        var alteredCount = 0
        let round = entries.prefix { entry in
            if entry.presence == .both { alteredCount += 1 }
            return alteredCount <= alteredCountMax
        }
        entries = entries.dropFirst(round.count)
        return round
    }

    /// What the sides say of a row; nothing if one side lacks it.
    private struct Said {
        let key: String
        var a: [String?] = []
        var b: [String?] = []
    }

    private func whatIsSaid(of round: ArraySlice<Entry>, _ onStep: (UInt64) -> Void) throws -> [Mark: Said] {
        let presences = Dictionary(uniqueKeysWithValues: round.map { ($0.id, $0.presence) })
        var said: [Mark: Said] = [:]
        try read(onStep) { side, id, row in
            guard let presence = presences[id] else { return }
            let values = presence == .both ? row.values : []
            switch side {
            case .a: said[id, default: Said(key: form.key(of: row))].a = values
            case .b: said[id, default: Said(key: form.key(of: row))].b = values
            }
        }
        return said
    }

    /// Reads one side after the other.
    private func read(_ onStep: (UInt64) -> Void, _ visit: (Side, Mark, StatedRow) -> Void) throws {
        var stepCount: UInt64 = 0
        for (side, source) in [(Side.a, a), (Side.b, b)] {
            let step = {
                stepCount += 1
                onStep(stepCount)
            }
            try source.visit(onStep: step) { visit(side, Mark(form.keyValues(of: $0)), $0) }
        }
    }

    private func tell(_ said: Said, _ presence: Presence, _ visit: (RowDifference) throws -> Void) throws {
        let key = said.key
        switch presence {
        case .onlyInA: try visit(RowDifference(key: key, column: form.keyName, a: key, b: nil))
        case .onlyInB: try visit(RowDifference(key: key, column: form.keyName, a: nil, b: key))
        case .both:
            for (column, (a, b)) in zip(form.columns, zip(said.a, said.b)) where a != b {
                try visit(RowDifference(key: key, column: column, a: a, b: b))
            }
        }
    }
}

extension RowDiff.Outcome {
    fileprivate mutating func note(_ presence: RowDiff.Presence) {
        switch presence {
        case .both: alteredCount += 1
        case .onlyInA: onlyInACount += 1
        case .onlyInB: onlyInBCount += 1
        }
    }
}

/// A 128-bit hash of a value: two values with the same mark are equal.
///
/// Computed by Swift's own hash (SipHash) with keys that are random in each process, so collisions cannot be
/// constructed.
private struct Mark: Hashable {
    private let high: Int
    private let low: Int

    /// The mark of no value.
    static let absent = Mark(high: 0, low: 0)

    private init(high: Int, low: Int) {
        (self.high, self.low) = (high, low)
    }

    init(_ value: some Hashable) {
        self.init(high: Self.hash(value, salt: 1), low: Self.hash(value, salt: 2))
    }

    private static func hash(_ value: some Hashable, salt: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        hasher.combine(value)
        return hasher.finalize()
    }
}

/// The columns of rows that are compared, and which of them identify a row.
package struct RowForm: Sendable {
    /// In the order in which differences are visited.
    package let columns: [String]
    /// The columns of the key, separated by spaces.
    package let keyName: String
    private let keyPlaces: [Int]

    /// Rows with these columns, of which those of the key are some.
    package init(_ columns: [String], key: [String]) {
        self.columns = columns
        keyName = key.joined(separator: " ")
        keyPlaces = key.compactMap { columns.firstIndex(of: $0) }
        precondition(keyPlaces.count == key.count, "the columns of the key are among the columns")
    }

    /// The trades.
    package static let trades = RowForm(TradeRow.printedColumns.map(\.name), key: ["trade_id"])

    fileprivate func keyValues(of row: StatedRow) -> [String?] { keyPlaces.map { row.values[$0] } }

    fileprivate func key(of row: StatedRow) -> String {
        keyValues(of: row).compactMap(\.self).joined(separator: " ")
    }
}

/// A row on one side of a comparison: the text of each column.
package struct StatedRow: Hashable, Sendable {
    /// In the order of the form's columns; nil where a column has no value.
    package let values: [String?]
    /// By which rows are put in order.
    fileprivate let place: Int64

    /// A row from its values, one for each column of its form.
    package init(_ values: [String?], place: Int64) {
        (self.values, self.place) = (values, place)
    }
}

/// A source of rows of one form, for one side of a comparison.
package protocol RowSource {
    /// Visits every row, the same ones each time.
    ///
    /// If a row is visited more than once, the last visit counts. `onStep` is called for each event or row read.
    func visit(onStep: () -> Void, _ body: (StatedRow) throws -> Void) throws
}

/// The trades of a ledger up to an event, for a comparison.
package struct LedgerTrades: RowSource {
    private let reader: LedgerReader
    private let sequence: UInt64

    /// The trades that the events up to a sequence make.
    package init(_ reader: LedgerReader, upTo sequence: UInt64) {
        (self.reader, self.sequence) = (reader, sequence)
    }

    package func visit(onStep: () -> Void, _ body: (StatedRow) throws -> Void) throws {
        try TradeReplay(reader).visitTrades(to: sequence, onEvent: onStep) { trade in
            let row = TradeRow(trade)
            let values = TradeRow.printedColumns.map { $0.value(row).text }
            try body(StatedRow(values, place: Int64(trade.trade.firstSequence)))
        }
    }
}

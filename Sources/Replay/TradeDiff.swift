package import Ledger
package import Projections
package import TradeModel

/// One column in which two sides differ about a trade.
package struct TradeDifference: Hashable, Sendable {
    /// The trade's id.
    package let tradeID: String
    /// The column; `trade_id` where one side does not have the trade.
    package let column: String
    /// What the first side says, nil where it has no value or no such trade.
    package let a: String?
    /// What the second side says.
    package let b: String?
}

/// Compares the trades of two sides, field by field.
///
/// Both sides are read once for the marks of their trades, which show which ones differ, and again for the fields of
/// those. Memory holds the marks of every trade, and then the fields of those that differ, so many of them at a time,
/// and the ids of those that one side lacks.
package struct TradeDiff {
    /// How many trades differ.
    package struct Outcome: Hashable, Sendable {
        /// Trades that both sides have, and of which they say different things.
        package fileprivate(set) var alteredCount = 0
        /// Trades that only the first side has.
        package fileprivate(set) var onlyInACount = 0
        /// Trades that only the second side has.
        package fileprivate(set) var onlyInBCount = 0

        /// Whether both sides say the same.
        package var isEqual: Bool { self == Outcome() }
    }

    private let a: any TradeSource
    private let b: any TradeSource
    private let alteredCountMax: Int

    /// A comparison; where the fields of more than `alteredCountMax` trades differ, both sides are read again for each
    /// so many.
    package init(_ a: any TradeSource, _ b: any TradeSource, alteredCountMax: Int = 100_000) {
        (self.a, self.b) = (a, b)
        self.alteredCountMax = alteredCountMax
    }

    /// Visits what differs: trades in the order of their opens, columns in that of `TradeRow`.
    ///
    /// `onStep` receives how much of both sides was read, and restarts each time they are read.
    package func run(onStep: (UInt64) -> Void, _ visit: (TradeDifference) throws -> Void) throws -> Outcome {
        var differing = try differing(onStep)[...]
        var outcome = Outcome()
        while !differing.isEmpty {
            let round = takeRound(&differing)
            let said = try whatIsSaid(of: round, onStep)
            for entry in round {
                guard let said = said[entry.id] else { preconditionFailure("a side visits the same trades each time") }
                outcome.note(entry.presence)
                try Self.tell(said, entry.presence, visit)
            }
        }
        return outcome
    }

    /// Which of the sides has a trade.
    fileprivate enum Presence: Int {
        case both
        case onlyInA
        case onlyInB
    }

    private enum Side {
        case a
        case b
    }

    /// A trade that differs.
    private struct Entry {
        let id: Mark
        let firstSequence: Int64
        let presence: Presence
    }

    /// The marks of what the sides say of a trade.
    private struct Marks {
        var a = Mark.absent
        var b = Mark.absent
        var firstSequence: Int64

        var presence: Presence { b == .absent ? .onlyInA : a == .absent ? .onlyInB : .both }
    }

    /// The trades that differ, in order.
    private func differing(_ onStep: (UInt64) -> Void) throws -> [Entry] {
        var marks: [Mark: Marks] = [:]
        try read(onStep) { side, id, trade in
            switch side {
            case .a: marks[id] = Marks(a: Mark(trade.values), firstSequence: trade.firstSequence)
            case .b: marks[id, default: Marks(firstSequence: trade.firstSequence)].b = Mark(trade.values)
            }
        }
        let entries = marks.compactMap { id, marks in
            marks.a == marks.b ? nil : Entry(id: id, firstSequence: marks.firstSequence, presence: marks.presence)
        }
        return entries.sorted {
            ($0.firstSequence, $0.presence.rawValue) < ($1.firstSequence, $1.presence.rawValue)
        }
    }

    /// Takes as many of the first entries as may be in memory with their fields.
    private func takeRound(_ entries: inout ArraySlice<Entry>) -> ArraySlice<Entry> {
        var alteredCount = 0
        let round = entries.prefix { entry in
            if entry.presence == .both { alteredCount += 1 }
            return alteredCount <= alteredCountMax
        }
        entries = entries.dropFirst(round.count)
        return round
    }

    /// The differing fields of a trade; none if one side lacks the trade.
    private struct Said {
        let tradeID: String
        var a: [String?] = []
        var b: [String?] = []
    }

    private func whatIsSaid(of round: ArraySlice<Entry>, _ onStep: (UInt64) -> Void) throws -> [Mark: Said] {
        let presences = Dictionary(uniqueKeysWithValues: round.map { ($0.id, $0.presence) })
        var said: [Mark: Said] = [:]
        try read(onStep) { side, id, trade in
            guard let presence = presences[id] else { return }
            let values = presence == .both ? trade.values : []
            switch side {
            case .a: said[id, default: Said(tradeID: trade.id)].a = values
            case .b: said[id, default: Said(tradeID: trade.id)].b = values
            }
        }
        return said
    }

    /// Reads one side after the other.
    private func read(_ onStep: (UInt64) -> Void, _ visit: (Side, Mark, StatedTrade) -> Void) throws {
        var stepCount: UInt64 = 0
        for (side, source) in [(Side.a, a), (Side.b, b)] {
            let step = {
                stepCount += 1
                onStep(stepCount)
            }
            try source.visit(onStep: step) { visit(side, Mark($0.id), $0) }
        }
    }

    private static func tell(_ said: Said, _ presence: Presence, _ visit: (TradeDifference) throws -> Void) throws {
        let id = said.tradeID
        switch presence {
        case .onlyInA: try visit(TradeDifference(tradeID: id, column: "trade_id", a: id, b: nil))
        case .onlyInB: try visit(TradeDifference(tradeID: id, column: "trade_id", a: nil, b: id))
        case .both:
            for (column, (a, b)) in zip(TradeRow.printedColumns, zip(said.a, said.b)) where a != b {
                try visit(TradeDifference(tradeID: id, column: column.name, a: a, b: b))
            }
        }
    }
}

extension TradeDiff.Outcome {
    fileprivate mutating func note(_ presence: TradeDiff.Presence) {
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

/// A trade on one side of a comparison: the text of each column.
package struct StatedTrade: Hashable, Sendable {
    /// In the order of `TradeRow.printedColumns`; nil where a column has no value.
    package let values: [String?]

    /// A trade from its values, one a column.
    package init(values: [String?]) {
        precondition(values.count == TradeRow.printedColumns.count, "a trade has a value or nil for each column")
        self.values = values
    }

    /// A trade as its events say it.
    package init(_ history: TradeHistory) {
        let row = TradeRow(history)
        self.init(values: TradeRow.printedColumns.map { $0.value(row).text })
    }

    /// The trade's id.
    package var id: String { self["trade_id"] ?? "" }

    /// The sequence of its open, by which trades are put in order; 0 where the side states none.
    var firstSequence: Int64 { self["first_sequence"].flatMap { Int64($0) } ?? 0 }

    private subscript(_ name: String) -> String? {
        TradeRow.printedColumns.firstIndex { $0.name == name }.flatMap { values[$0] }
    }
}

/// A source of trades for one side of a comparison: a ledger at a moment, or a database.
package protocol TradeSource {
    /// How many events or rows a visit reads, for progress.
    var stepCount: UInt64 { get }

    /// Visits every trade, the same ones each time.
    ///
    /// If a trade is visited more than once, the last visit counts. `onStep` is called for each event or row.
    func visit(onStep: () -> Void, _ body: (StatedTrade) throws -> Void) throws
}

/// The trades of a ledger as they were known at a moment, for a comparison.
package struct LedgerTrades: TradeSource {
    private let reader: LedgerReader
    /// The last event that counts.
    package let sequence: UInt64

    /// The trades at a moment; later events are not visible.
    package init(_ reader: LedgerReader, asOf moment: Moment) throws(LedgerError) {
        self.reader = reader
        sequence = try moment.lastSequence(reader)
    }

    package var ledgerID: EventID { reader.ledgerID }

    package var stepCount: UInt64 { sequence }

    package func visit(onStep: () -> Void, _ body: (StatedTrade) throws -> Void) throws {
        try TradeReplay(reader).visitTrades(to: sequence, onEvent: onStep) { try body(StatedTrade($0)) }
    }
}

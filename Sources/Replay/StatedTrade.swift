package import Projections

/// A trade on one side of a comparison: the text of each field.
package struct StatedTrade: Hashable, Sendable {
    /// In the order of `TradeField`; nil where the field has no value.
    package let values: [String?]

    /// A trade from its values, one a field.
    package init(values: [String?]) {
        precondition(values.count == TradeField.allCases.count, "a trade has a value or nil for each field")
        self.values = values
    }

    /// A trade as its events say it.
    package init(_ history: TradeHistory) {
        self.init(values: history.fields.map(\.value.text))
    }

    /// The trade's id.
    package var id: String { self[.tradeID] ?? "" }

    /// The sequence of its open, by which trades are put in order; 0 where the side states none.
    var firstSequence: Int64 { self[.firstSequence].flatMap { Int64($0) } ?? 0 }

    private subscript(_ field: TradeField) -> String? {
        TradeField.allCases.firstIndex(of: field).flatMap { values[$0] }
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

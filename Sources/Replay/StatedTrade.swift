package import Projections

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

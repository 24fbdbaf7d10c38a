internal import Projections
package import Records
internal import TradeModel

extension EventFilter {
    /// The parameters that ask for it: the options of `events` of the same names.
    package static let parameters = [
        Parameter("family", .choice(EventFamily.all.map(\.name)), "Only events of this family, such as order."),
        Parameter("type", .choice(EventType.all.map(\.name)), "Only events of this type, such as trade.closed."),
        Parameter(
            "subject",
            .text,
            "Only events about this id, of whatever family: an order, an account, a symbol."
        ),
        Parameter("trade", .text, "Only events of this trade."),
    ]

    /// The filter that parameters ask for, which were checked.
    package init(_ parameters: Parameters) {
        self.init(
            type: parameters["type"].flatMap { EventType(name: $0) },
            family: parameters["family"],
            subject: parameters["subject"],
            trade: parameters["trade"]
        )
    }
}

extension RowFilter {
    /// The rows that have the values which parameters ask for: each names a column, and the parameter of it.
    init(_ columns: [Column<Row>], _ parameters: Parameters, _ names: [(column: String, parameter: String)]) {
        self.init(columns, names.map { ($0.column, parameters[$0.parameter].map { [$0] }) })
    }
}

extension TimeRange {
    /// The range that two parameters ask for.
    init(_ parameters: Parameters, since: String, until: String) {
        self.init(since: parameters.time(since), until: parameters.time(until))
    }
}

package import TradeModel

/// Which events a stream has: those of `events` with the options of the same names.
package struct EventFilter: Sendable {
    private let type: EventType?
    private let family: String?
    private let subject: [UInt8]?
    private let trade: [UInt8]?

    /// The parameters that it takes.
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
        type = parameters["type"].flatMap { EventType(name: $0) }
        family = parameters["family"]
        subject = parameters["subject"].map { Array($0.utf8) }
        trade = parameters["trade"].map { Array($0.utf8) }
    }

    /// Whether it includes events of a type about a subject.
    package func includes(_ type: EventType, about subject: some Collection<UInt8>) -> Bool {
        (self.type == nil || type == self.type) && (family == nil || type.family.name == family)
            // By bytes: strings are also equal where Unicode composes them differently.
            && (self.subject?.elementsEqual(subject) ?? true)
            && (trade.map { type.isAboutTrade && $0.elementsEqual(subject) } ?? true)
    }
}

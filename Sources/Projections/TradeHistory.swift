public import TradeModel

/// A trade as people query it: its state and figures, what its open said about it, and what its contexts say.
public struct TradeHistory: Sendable {
    /// The version of this fold; a change means that rows must be rebuilt.
    public static let version = 2

    /// State and figures.
    public private(set) var trade: Trade
    package private(set) var remarks: TradeRemarks

    /// A trade with what its events say beside money.
    package init(_ trade: Trade, _ remarks: TradeRemarks) {
        self.trade = trade
        self.remarks = remarks
    }

    /// The trade that an `opened` event begins.
    ///
    /// `isDuringHalt` says whether a halt that covers the trade was in force; nil where nobody has looked.
    public init(opening event: Event, isDuringHalt: Bool? = nil) throws(Rejection) {
        self.init(try Trade(opening: event), TradeRemarks(opening: event, isDuringHalt: isDuringHalt))
    }

    /// The trade, once somebody has looked whether a halt that covers it was in force when it was opened.
    package func opened(duringHalt isDuringHalt: Bool) -> TradeHistory {
        var history = self
        history.remarks.isDuringHalt = isDuringHalt
        return history
    }

    /// Takes in the next event of the trade.
    public mutating func apply(_ event: Event) throws(Rejection) {
        try trade.apply(event)
        remarks.apply(event)
    }

    /// The open of the trade.
    package var opening: EventBody { remarks.opening }
    /// The trade's id.
    public var id: String { remarks.opening.subject }
    /// What was traded.
    public var symbol: String { text(.symbol) }
    /// How it was ordered.
    public var orderType: String { text(.orderType) }
    /// Who decided, by name.
    public var strategy: String? { remarks.opening.text(.strategy) }
    /// Why it was entered: the name of the signal.
    public var tag: String? { remarks.opening.text(.tag) }
    /// The account it was traded in.
    public var account: String? { remarks.opening.text(.account) }
    /// Where it was traded.
    public var venue: String? { remarks.opening.text(.venue) }
    /// The decision that led to it.
    public var decisionID: String? { remarks.opening.text(.decisionID) }
    /// When the ledger took its first event.
    public var firstRecordedAt: Timestamp { remarks.firstRecordedAt }
    /// Why it was closed or voided.
    public var reason: String? { remarks.reason }
    /// When the ledger took its latest event.
    public var lastRecordedAt: Timestamp { remarks.lastRecordedAt }
    /// Whether it was opened while a halt that covers it was in force; nil where nobody has looked.
    public var isOpenedDuringHalt: Bool? { remarks.isDuringHalt }
    /// What the contexts of its events say.
    public var context: DecisionContext { remarks.context }

    private func text(_ field: Field) -> String {
        guard let text = remarks.opening.text(field) else {
            preconditionFailure("an opened event has a \(field.name)")
        }
        return text
    }
}

/// What the events of a trade say beside money.
package struct TradeRemarks: Sendable {
    /// The open of the trade, with bytes of its own.
    let opening: EventBody
    let firstRecordedAt: Timestamp
    private(set) var lastRecordedAt: Timestamp
    private(set) var reason: String?
    private(set) var context = DecisionContext()
    fileprivate(set) var isDuringHalt: Bool?

    /// What the event says that opens a trade.
    package init(opening event: Event, isDuringHalt: Bool?) {
        self.isDuringHalt = isDuringHalt
        opening = event.body.copied()
        firstRecordedAt = event.recordedAt
        lastRecordedAt = event.recordedAt
        context.merge(event.body.textBytes(.context))
    }

    /// Takes in the next event of the trade, which broke no rule.
    package mutating func apply(_ event: Event) {
        lastRecordedAt = event.recordedAt
        if event.body.type == .closed || event.body.type == .voided { reason = event.body.text(.reason) ?? reason }
        context.merge(event.body.textBytes(.context))
    }
}

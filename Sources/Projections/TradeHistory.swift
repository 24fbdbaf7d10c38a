public import TradeModel

/// A trade as people query it: its state and figures, what its open said about it, and what its contexts say.
public struct TradeHistory: TradeFold {
    /// The version of this fold; a change means that rows must be rebuilt.
    public static let version = 2

    /// The trade's id.
    public let id: String
    /// What was traded.
    public let symbol: String
    /// How it was ordered.
    public let orderType: String
    /// Who decided, by name.
    public let strategy: String?
    /// Why it was entered: the name of the signal.
    public let tag: String?
    /// The account it was traded in.
    public let account: String?
    /// Where it was traded.
    public let venue: String?
    /// The decision that led to it.
    public let decisionID: String?
    /// When the ledger took its first event.
    public let firstRecordedAt: Timestamp
    /// State and figures.
    public private(set) var trade: Trade
    /// Why it was closed or voided.
    public private(set) var reason: String?
    /// When the ledger took its latest event.
    public private(set) var lastRecordedAt: Timestamp
    /// What the contexts of its events say.
    public private(set) var context = DecisionContext()

    /// Whether it is open.
    public var isOpen: Bool { trade.status == .open }
    /// How many events it has.
    public var eventCount: UInt64 { trade.eventCount }

    /// The trade that an `opened` event begins.
    public init(opening event: Event) throws(Rejection) {
        let body = event.body
        trade = try Trade(opening: event)
        guard let symbol = body.text(.symbol), let orderType = body.text(.orderType) else {
            preconditionFailure("an opened event has a symbol and an order type")
        }
        id = body.subject
        self.symbol = symbol
        self.orderType = orderType
        strategy = body.text(.strategy)
        tag = body.text(.tag)
        account = body.text(.account)
        venue = body.text(.venue)
        decisionID = body.text(.decisionID)
        firstRecordedAt = event.recordedAt
        lastRecordedAt = event.recordedAt
        context.merge(body.textBytes(.context))
    }

    /// Takes in the next event of the trade.
    public mutating func apply(_ event: Event) throws(Rejection) {
        try trade.apply(event)
        lastRecordedAt = event.recordedAt
        if event.body.type == .closed || event.body.type == .voided { reason = event.body.text(.reason) ?? reason }
        context.merge(event.body.textBytes(.context))
    }
}

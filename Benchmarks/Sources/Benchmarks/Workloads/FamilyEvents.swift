internal import TradeModel

/// The events of one family, or of a bot's whole loop.
///
/// Their values vary, and their records have the same size whatever the family is. They are the same in every run.
enum FamilyEvents: CaseIterable {
    case openedTrades
    case submittedOrders
    /// Orders from the intent to the end.
    case endedOrders
    case deposits
    case prices
    /// Halts, each of which is lifted by the next event.
    case halts
    /// Everything that a bot records of one trade, from the prediction to its resolution.
    case loops

    var name: String { self == .loops ? "a trade with all its reasons" : types.map(\.name).joined(separator: ", ") }

    private var types: [EventType] {
        switch self {
        case .openedTrades: [.opened]
        case .submittedOrders: [.orderSubmitted]
        case .endedOrders: [.orderSubmitted, .orderAccepted, .orderCompleted]
        case .deposits: [.accountDeposited]
        case .prices: [.priceObserved]
        case .halts: [.riskHalted, .riskResumed]
        case .loops:
            [
                .predictionMade, .decisionMade, .orderSubmitted, .orderAccepted, .opened, .orderCompleted, .adjusted,
                .closed, .predictionResolved,
            ]
        }
    }

    /// This many events, which break no rule.
    func drafts(_ count: Int) throws -> [EventDraft] {
        let fillings = try types.map { type in
            let bare = try draft(type, 0, filling: "")
            let byteCount = EventMaker.recordByteCount - StoredRecord(of: bare, sequence: 1).bytes.count
            return String(repeating: "x", count: max(byteCount, 0))
        }
        return try (0..<count).map { number in
            let place = number % types.count
            return try draft(types[place], number, filling: fillings[place])
        }
    }

    private func draft(_ type: EventType, _ number: Int, filling: String) throws -> EventDraft {
        let chance = EventMaker.scattered(number)
        let id = subject(number / types.count)
        let price = "6\(EventMaker.digits(chance / 11 % 9999, 4)).\(EventMaker.digits(chance / 13 % 89 + 10, 2))"
        var fields: [Field: String] =
            switch type {
            case .opened, .orderSubmitted:
                [
                    .symbol: "BTC/USDT", .side: "buy", .orderType: "limit", .strategy: "breakout", .price: price,
                    .amount: "0.\(EventMaker.digits(chance / 7 % 89 + 10, 2))",
                ]
            case .predictionMade:
                [
                    .model: "xgb-direction", .modelVersion: "7", .value: price, .reference: "65000",
                    .confidence: "0.\(EventMaker.digits(chance / 7 % 89 + 10, 2))", .decisionID: id,
                ]
            case .predictionResolved: [.value: price]
            case .decisionMade: [.action: "buy", .symbol: "BTC/USDT", .strategy: "breakout", .confidence: "0.8"]
            case .closed: [.price: price, .reason: "take_profit"]
            case .adjusted: [.kind: "funding", .cost: "-0.25"]
            case .orderAccepted: [.exchangeOrderID: "ord-\(EventMaker.digits(chance / 3 % 1_000_000_000, 9))"]
            case .accountDeposited: [.amount: price, .currency: "USDT"]
            case .priceObserved: [.price: price]
            default: [:]
            }
        if self == .loops, type == .opened { (fields[.orderID], fields[.decisionID]) = (id, id) }
        fields[.context] = #"{"note":"\#(filling)"}"#
        return try EventDraft(
            type,
            subject: id,
            occurredAt: EventMaker.time(number),
            fields: fields
        )
    }

    private func subject(_ number: Int) -> String {
        switch self {
        case .openedTrades, .submittedOrders, .endedOrders, .loops: "bench-\(EventMaker.digits(number, 9))"
        case .deposits: "account-\(number % 10)"
        case .prices: "C\(EventMaker.digits(number % 500, 3))/USDT"
        case .halts: "strategy:\(number % 10)"
        }
    }
}

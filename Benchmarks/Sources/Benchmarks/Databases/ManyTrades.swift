internal import TradeModel

/// The events of trades on several symbols over months, some of them concurrent: the content of the queried database.
///
/// They are the same in every run.
struct ManyTrades: Sendable {
    /// The course of a trade.
    enum Course: Sendable {
        /// Opened, increased, reduced, closed.
        case scaled
        /// Opened and closed.
        case plain
    }

    /// The number of all events.
    let eventCount: Int
    let tradeCount: Int
    private let steps: [EventType]

    static let symbols = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOT", "LTC", "TRX", "XLM", "ETC"].map { $0 + "/USDT" }
    /// When the first trade opens: 2024-01-01; one more opens every minute.
    static let startMicroseconds: Int64 = 1_704_067_200_000_000
    static let microsecondsBetweenOpens: Int64 = 60_000_000
    private static let strategies = ["breakout", "mean-reversion", "carry"]
    private static let regimes = ["trending", "sideways", "breakout", "volatile"]
    /// How many trades open between two steps of one.
    private static let stride = 8
    /// One of this many trades stays open.
    private static let openOneIn = 10_000

    init(_ tradeCount: Int, _ course: Course) {
        self.tradeCount = tradeCount
        switch course {
        case .scaled: steps = [.opened, .increased, .reduced, .closed]
        case .plain: steps = [.opened, .closed]
        }
        let openCount = (tradeCount + Self.openOneIn - 1) / Self.openOneIn
        eventCount = tradeCount * steps.count - openCount
    }

    /// Passes on all events in order, this many at a time.
    func visit(batchesOf count: Int, _ body: ([EventDraft]) throws -> Void) throws {
        var batch: [EventDraft] = []
        for tick in 0..<(tradeCount + Self.stride * (steps.count - 1)) {
            for (step, type) in steps.enumerated() {
                let trade = tick - step * Self.stride
                guard (0..<tradeCount).contains(trade), type != .closed || trade % Self.openOneIn > 0 else { continue }
                batch.append(try Self.draft(type, trade, step: step))
            }
            if batch.count >= count {
                try body(batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        if !batch.isEmpty { try body(batch) }
    }

    static func tradeID(_ trade: Int) -> String { "trade-\(EventMaker.digits(trade, 9))" }

    /// When a trade opens.
    static func openedAt(_ trade: Int) -> Timestamp {
        Timestamp(microsecondsSince1970: startMicroseconds + Int64(trade) * microsecondsBetweenOpens)
    }

    /// The symbol of a trade.
    static func symbol(_ trade: Int) -> String { symbols[EventMaker.scattered(trade) % symbols.count] }

    private static func draft(_ type: EventType, _ trade: Int, step: Int) throws -> EventDraft {
        let chance = EventMaker.scattered(trade * 4 + step)
        var fields: [Field: String] = [
            .price: "\(chance % 900 + 100).\(EventMaker.digits(chance / 13 % 89 + 10, 2))",
            .feeCost: "0.0\(EventMaker.digits(chance / 17 % 899 + 100, 3))",
            .exchangeOrderID: "ord-\(EventMaker.digits(chance / 3 % 1_000_000_000, 9))",
        ]
        switch type {
        case .opened:
            let opening: [Field: String] = [
                .symbol: symbol(trade), .side: chance % 3 == 0 ? "sell" : "buy", .orderType: "limit", .amount: "0.25",
                .strategy: strategies[chance / 5 % strategies.count], .context: context(chance),
            ]
            fields.merge(opening) { $1 }
        case .increased: fields[.amount] = "0.15"
        case .reduced: fields[.amount] = "0.20"
        default: fields[.reason] = chance % 2 == 0 ? "take_profit" : "stop_loss"
        }
        let delay = Int64(step * stride) * microsecondsBetweenOpens
        return try EventDraft(
            type,
            subject: tradeID(trade),
            occurredAt: Timestamp(microsecondsSince1970: openedAt(trade).microsecondsSince1970 + delay),
            fields: fields
        )
    }

    /// What a bot knows when it decides.
    private static func context(_ chance: Int) -> String {
        func share(_ divisor: Int) -> String { "0.\(EventMaker.digits(chance / divisor % 89 + 10, 2))" }
        let votes = #"{"bull":\#(share(23)),"bear":\#(share(29)),"risk":"\#(chance % 5 == 0 ? "hold" : "go")"}"#
        let signals = #"{"rsi":\#(chance / 31 % 89 + 10).\#(chance % 9 + 1),"macd":\#(share(37)),"atr":\#(share(41))}"#
        return #"{"market_regime":"\#(regimes[chance % 4])","bull_confidence":\#(share(7)),"#
            + #""bear_confidence":\#(share(11)),"decision_confidence":\#(share(19)),"#
            + #""agent_votes":\#(votes),"signals":\#(signals)}"#
    }
}

package import TradeModel

/// Generates histories that break no rule, the same for the same seed.
package struct EventGenerator {
    /// What the events of a history are about.
    package enum Families: Sendable {
        /// Trades, and as often events of all other families.
        case all
        /// Trades alone, for a test that counts or compares them.
        case trade
    }

    private var random: SeededGenerator
    private let families: Families
    private var orders = OrderHistory()
    private var decisions = DecisionHistory()
    private var open: [(id: String, amount: Int)] = []
    private var closed: [String] = []
    private var tradeCount = 0
    private var milliseconds: Int64 = 1_700_000_000_000

    static let symbols = ["BTC/USDT", "ETH/USDT", "SOL/EUR", "XRP-USD", "日本/円"]
    private static let regimes = ["trending", "choppy", "volatile", "neutral"]

    package init(seed: UInt64, families: Families = .all) {
        random = SeededGenerator(seed: seed)
        self.families = families
    }

    /// The next event as a line of JSON.
    package mutating func nextLine() -> String {
        milliseconds += Int64(random.next(below: 60_000))
        if families == .all && random.next(below: 2) == 0 { return otherLine() }
        let choice = random.next(below: 100)
        if open.isEmpty || (choice < 35 && open.count < 200) { return opened() }
        let index = Int(random.next(below: UInt64(open.count)))
        switch choice {
        case ..<70: return closedLine(index)
        case ..<80: return increased(index)
        case ..<90: return reduced(index)
        case ..<94: return line("trade.annotated", open[index].id, #""reason":"note \#(choice)""#)
        case ..<98: return adjusted()
        default: return voided(index)
        }
    }

    /// The next event.
    package mutating func next() throws(Rejection) -> EventDraft {
        try EventJSON.decode(line: Array(nextLine().utf8))
    }

    private mutating func otherLine() -> String {
        switch random.next(below: 10) {
        case 0...4: orders.nextLine(at: milliseconds, &random)
        case 5...7: decisions.nextLine(at: milliseconds, &random)
        default: MoneyEvent.line(at: milliseconds, &random)
        }
    }

    private mutating func opened() -> String {
        tradeCount += 1
        let id = "trade-\(tradeCount)"
        let amount = 1 + Int(random.next(below: 1_000_000))
        open.append((id, amount))
        let order = orderOfFill()
        let symbol = order?.symbol ?? Self.symbols[Int(random.next(below: UInt64(Self.symbols.count)))]
        let regime = Self.regimes[Int(random.next(below: UInt64(Self.regimes.count)))]
        let side = order?.side ?? (random.next(below: 4) == 0 ? "sell" : "buy")
        return line(
            "trade.opened",
            id,
            #""symbol":"\#(symbol)","side":"\#(side)","order_type":"market","strategy":"s\#(tradeCount % 3)","#
                + #""amount":"\#(Self.units(amount))","price":"\#(price())","fee":"\#(fee())"\#(named(order)),"#
                + #""context":{"market_regime":"\#(regime)","bull_confidence":0.\#(random.next(below: 100)),"#
                + #""agent_votes":{"bull":{"confidence":0.7,"reasoning":"up"}},"signals":{"rsi":31.5}}"#
        )
    }

    private mutating func increased(_ index: Int) -> String {
        let amount = 1 + Int(random.next(below: 1_000_000))
        open[index].amount += amount
        return line("trade.increased", open[index].id, fill(amount))
    }

    private mutating func reduced(_ index: Int) -> String {
        let amount = open[index].amount <= 1 ? 0 : 1 + Int(random.next(below: UInt64(open[index].amount - 1)))
        guard amount > 0 else { return closedLine(index) }
        open[index].amount -= amount
        return line("trade.reduced", open[index].id, fill(amount))
    }

    private mutating func closedLine(_ index: Int) -> String {
        let (id, amount) = open.remove(at: index)
        closed.append(id)
        let dust = random.next(below: 10) == 0 && amount > 1 ? 1 : 0
        let written = dust > 0 ? #","dust":"rest""# : ""
        guard amount > dust else {
            return line("trade.closed", id, #""price":"\#(price())","reason":"roi""#)
        }
        return line("trade.closed", id, fill(amount - dust) + #","reason":"roi""# + written)
    }

    private mutating func adjusted() -> String {
        let ids = Array(closed.suffix(50)) + open.map(\.id)
        let id = ids[Int(random.next(below: UInt64(ids.count)))]
        return line("trade.adjusted", id, #""kind":"funding","cost":"-0.0\#(1 + random.next(below: 99))""#)
    }

    private mutating func voided(_ index: Int) -> String {
        line("trade.voided", open.remove(at: index).id, #""reason":"test order","actor":"operator""#)
    }

    private mutating func fill(_ amount: Int) -> String {
        let order = orderOfFill()
        return #""amount":"\#(Self.units(amount))","price":"\#(price())","fee":"\#(fee())"\#(named(order))"#
    }

    /// The order that led to a fill; nil where the event does not say.
    private mutating func orderOfFill() -> OrderHistory.Order? {
        guard families == .all, random.next(below: 2) == 0 else { return nil }
        return orders.live.randomElement(using: &random)
    }

    /// What led to a fill: its order, and a decision.
    private mutating func named(_ order: OrderHistory.Order?) -> String {
        let named = order.map { #","order_id":"\#($0.id)""# } ?? ""
        guard families == .all, random.next(below: 3) == 0,
            let decision = decisions.decisions.randomElement(using: &random)
        else { return named }
        return named + #","decision_id":"\#(decision)""#
    }

    private mutating func price() -> String { "\(1 + random.next(below: 99_999)).\(1 + random.next(below: 9_999_999))" }

    private mutating func fee() -> String { "0.\(random.next(below: 1_000_000_000_000))" }

    private func line(_ type: String, _ id: String, _ rest: String) -> String {
        #"{"type":"\#(type)","trade_id":"\#(id)","occurred_at":\#(milliseconds),\#(rest)}"#
    }

    /// Ten-thousandths as a decimal.
    private static func units(_ amount: Int) -> String {
        let digits = String(amount % 10_000)
        return "\(amount / 10_000)." + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

/// The orders and halts of a generated history.
struct OrderHistory {
    /// A submitted order that has not ended.
    struct Order {
        let id: String
        let symbol: String
        let side: String
    }

    private(set) var live: [Order] = []
    private var ended: [String] = []
    private var orderCount = 0
    /// The scopes that are halted.
    private var halted: [String] = []

    private static let liveCountMax = 100
    private static let haltCountMax = 3
    private static let outcomes = ["rejected", "cancelled", "expired", "completed"]
    private static let accounts = [nil, "main", "konto é"]
    private static let venues = [nil, "binance", "kraken"]
    private static let scopes = [
        "all", "strategy:s0", "strategy:s1", "symbol:BTC/USDT", "symbol:日本/円", "account:default", "account:main",
        "venue:kraken", "venue:nobody is there",
    ]

    /// The next event as a line of JSON.
    mutating func nextLine(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let choice = live.count > Self.liveCountMax ? 60 : random.next(below: 100)
        switch choice {
        case ..<40: return submitted(at: milliseconds, &random)
        case ..<60: return Self.progress(live.randomElement(using: &random)?.id ?? newID(), at: milliseconds, &random)
        case ..<78: return outcome(at: milliseconds, &random)
        // A venue reports late, and what it reports is recorded.
        case ..<82: return Self.progress(ended.randomElement(using: &random) ?? newID(), at: milliseconds, &random)
        case ..<85: return Self.outcome(ended.randomElement(using: &random) ?? newID(), at: milliseconds, &random)
        // Somebody placed the order by hand, so nobody submitted it.
        case ..<90: return Self.progress(newID(), at: milliseconds, &random)
        default: return haltOrResumption(at: milliseconds, &random)
        }
    }

    private mutating func newID() -> String {
        orderCount += 1
        return orderCount.isMultiple(of: 7) ? "o/é \(orderCount)" : "order-\(orderCount)"
    }

    private mutating func submitted(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let symbol = EventGenerator.symbols[Int(random.next(below: UInt64(EventGenerator.symbols.count)))]
        let strategy = "s\(random.next(below: 3))"
        let account = Self.accounts[Int(random.next(below: UInt64(Self.accounts.count)))]
        let venue = Self.venues[Int(random.next(below: UInt64(Self.venues.count)))]
        let covering: Set = [
            "all", "strategy:\(strategy)", "symbol:\(symbol)", "account:\(account ?? "default")",
            "venue:\(venue ?? "")",
        ]
        let halt = halted.first { covering.contains($0) }
        // The bot lifts the halt that refuses its order, or sends an order that no halt refuses.
        if let halt, random.next(below: 2) == 0 { return resumed(halt, at: milliseconds) }
        let reduceOnly = halt != nil ? true : [nil, nil, false, true][Int(random.next(below: 4))]
        let order = Order(id: newID(), symbol: symbol, side: random.next(below: 3) == 0 ? "sell" : "buy")
        live.append(order)
        let amountName = random.next(below: 4) == 0 ? "quote_amount" : "amount"
        var members =
            #""symbol":"\#(symbol)","side":"\#(order.side)","order_type":"limit","strategy":"\#(strategy)","#
            + #""\#(amountName)":"0.\#(1 + random.next(below: 999_999))""#
        if let account { members += #","account":"\#(account)""# }
        if let venue { members += #","venue":"\#(venue)""# }
        if let reduceOnly { members += #","reduce_only":\#(reduceOnly)"# }
        if random.next(below: 2) == 0 { members += #","price":"\#(1 + random.next(below: 99_999)).5""# }
        if random.next(below: 5) == 0 { members += #","stop_price":"0.00\#(1 + random.next(below: 99))""# }
        if random.next(below: 5) == 0 { members += #","time_in_force":"GTC","decision_id":"d-\#(orderCount)""# }
        if random.next(below: 5) == 0 { members += #","trade_id":"trade-\#(1 + random.next(below: 99))""# }
        if random.next(below: 3) == 0 { members += #","context":{"signals":{"rsi":31.5}}"# }
        return Self.line("submitted", order.id, at: milliseconds, members)
    }

    /// An event that does not end an order.
    private static func progress(_ id: String, at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        random.next(below: 3) == 0
            ? line("unknown", id, at: milliseconds, #""reason":"no answer""#)
            : line("accepted", id, at: milliseconds, #""exchange_order_id":"x-\#(random.next(below: 1_000_000))""#)
    }

    private mutating func outcome(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let id = live.isEmpty ? newID() : live.remove(at: Int(random.next(below: UInt64(live.count)))).id
        ended.append(id)
        return Self.outcome(id, at: milliseconds, &random)
    }

    private static func outcome(_ id: String, at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let type = outcomes[Int(random.next(below: UInt64(outcomes.count)))]
        return line(type, id, at: milliseconds, #""reason":"\#(type) by the venue""#)
    }

    private mutating func haltOrResumption(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let scope = Self.scopes[Int(random.next(below: UInt64(Self.scopes.count)))]
        if halted.count >= Self.haltCountMax { return resumed(halted[0], at: milliseconds) }
        // Also of a scope that is not halted.
        if random.next(below: 3) == 0 { return resumed(scope, at: milliseconds) }
        if !halted.contains(scope) { halted.append(scope) }
        let members = #""reason":"drawdown \#(random.next(below: 30)) %","actor":"maria""#
        return Self.line(ofScope: "halted", scope, at: milliseconds, members)
    }

    private mutating func resumed(_ scope: String, at milliseconds: Int64) -> String {
        halted.removeAll { $0 == scope }
        return Self.line(ofScope: "resumed", scope, at: milliseconds, #""actor":"maria""#)
    }

    private static func line(_ type: String, _ id: String, at milliseconds: Int64, _ members: String) -> String {
        #"{"type":"order.\#(type)","order_id":"\#(id)","occurred_at":\#(milliseconds),\#(members)}"#
    }

    private static func line(
        ofScope type: String,
        _ scope: String,
        at milliseconds: Int64,
        _ members: String
    ) -> String {
        #"{"type":"risk.\#(type)","scope":"\#(scope)","occurred_at":\#(milliseconds),\#(members)}"#
    }
}

/// Generates the history of a few accounts that trade for some weeks: what figures of performance are computed from.
///
/// It is the same for the same seed, and breaks no rule. Money comes in and goes out, trades of two currencies are
/// entered and left in parts, some are adjusted late or voided, and events arrive out of the order of their times.
package struct AccountHistory {
    /// What the history is a case of.
    package enum Kind: String, CaseIterable, Sendable {
        case winsAndLosses = "wins and losses"
        case lossesToBelowZero = "losses to below zero"
        case noLosingTrade = "no losing trade"
        case singleTrade = "a single trade"
        case noTrade = "no trade at all"

        var tradeCount: Int {
            switch self {
            case .winsAndLosses: 80
            case .lossesToBelowZero, .noLosingTrade: 40
            case .singleTrade: 1
            case .noTrade: 0
            }
        }

        var dayCount: Int { self == .singleTrade ? 3 : 70 }
    }

    private let kind: Kind
    private var random: SeededGenerator
    /// When the ledger learns of each event, and its line.
    private var events: [(arrival: Int64, line: String)] = []

    private static let symbols = ["BTC/USDT", "ETH/USDT", "SOL/EUR", "BTC/USDT:USDT"]
    private static let accounts = [nil, "main", "savings"]
    private static let start: Int64 = 1_767_571_200_000
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    /// The events in the order in which the ledger learns of them, each a line of JSON.
    package static func lines(_ kind: Kind, seed: UInt64) -> [String] {
        var history = AccountHistory(kind, seed)
        history.add()
        // The sort is stable, so events of one moment stay in their order.
        return history.events.sorted { $0.arrival < $1.arrival }.map(\.line)
    }

    private init(_ kind: Kind, _ seed: UInt64) {
        self.kind = kind
        random = SeededGenerator(seed: seed)
    }

    private mutating func add() {
        for account in ["default", "main", "savings"] {
            for currency in ["USDT", "EUR"] {
                let amount = #""amount":"\#(1000 + random.next(below: 4000))""#
                add(account: "deposited", account, currency, at: Self.start + Self.hour, amount)
            }
        }
        // One kind has no rate for its first deposits.
        if kind != .noLosingTrade { addPrice("EUR/USDT", "1.0625", at: Self.start) }
        for day in 0..<Int64(kind.dayCount) { addDay(at: Self.start + day * Self.day) }
        for number in 0..<kind.tradeCount { addTrade(number) }
    }

    /// Money that moves on a day, and the prices of its end.
    private mutating func addDay(at midnight: Int64) {
        for (symbol, price) in [("EUR/USDT", 1), ("BTC/USDT", 100), ("BTC/USDT:USDT", 100), ("ETH/USDT", 20)] {
            let time = midnight + Self.day - Self.hour - Int64(random.next(below: 1000))
            addPrice(symbol, "\(price).\(10_000 + random.next(below: 9999))", at: time)
        }
        // The first weeks have no price of one symbol.
        if midnight > Self.start + 20 * Self.day { addPrice("SOL/EUR", "51.25", at: midnight) }
        let time = midnight + Int64(random.next(below: UInt64(Self.day)))
        let account = ["default", "main", "savings"][Int(random.next(below: 3))]
        let currency = ["USDT", "EUR"][Int(random.next(below: 2))]
        let amount = "\(random.next(below: 300)).\(1 + random.next(below: 99_999))"
        let cost = #""cost":"\#(random.next(below: 2) == 0 ? "-" : "")\#(1 + random.next(below: 9)).25""#
        switch random.next(below: 8) {
        case 0: add(account: "deposited", account, currency, at: time, #""amount":"\#(amount)""#)
        case 1: add(account: "withdrawn", account, currency, at: time, #""amount":"\#(amount)""#)
        case 2: add(account: "adjusted", account, currency, at: time, #""kind":"interest",\#(cost)"#)
        case 3: add(account: "adjusted", account, currency, at: time, #""kind":"correction",\#(cost)"#)
        case 4 where account != "main":
            add(account: "transferred", account, currency, at: time, #""amount":"\#(amount)","to_account":"main""#)
        default: break
        }
    }

    private mutating func addPrice(_ symbol: String, _ price: String, at time: Int64) {
        add(#""type":"price.observed","symbol":"\#(symbol)","#, at: time, #""price":"\#(price)""#)
    }

    private mutating func addTrade(_ number: Int) {
        let id = "trade-\(number)"
        let span = UInt64(Self.day) * UInt64(kind.dayCount - 2)
        let opened = Self.start + Self.day + Int64(random.next(below: span))
        // Some trades close in the same moment, and a draw in that of its open.
        let isDraw = kind == .winsAndLosses && number % 17 == 5
        let left = opened + Int64(random.next(below: UInt64(4 * Self.day)))
        let closed = isDraw ? opened : max(opened, left - left % Self.hour)
        // The ledger learns of some trades late.
        let delay = random.next(below: 4) == 0 ? Int64(random.next(below: UInt64(5 * Self.day))) : 0
        let symbol = Self.symbols[Int(random.next(below: UInt64(Self.symbols.count)))]
        let isBuy = random.next(below: 3) > 0
        let entry = 50 + Int(random.next(below: 50))
        let isParted = closed > opened && random.next(below: 3) == 0
        addOpen(id, symbol, isBuy, entry, at: opened, delay, hasFee: !isDraw)
        if isDraw { return addFill("closed", id, #""price":"\#(entry)""#, at: closed, delay, hasFee: false) }
        if isParted {
            addFill("increased", id, #""amount":"0.5","price":"\#(entry + 1).5""#, at: opened + 1, delay)
            addFill("reduced", id, #""amount":"0.75","price":"\#(exit(entry, isBuy))""#, at: closed - 1, delay)
        }
        // The last trades of the longer histories stay open.
        if number >= kind.tradeCount - 3, number > 0 { return }
        let dust = isBuy && random.next(below: 3) == 0 ? #","dust":"0.00\#(5 + random.next(below: 20))""# : ""
        let reason = [#","reason":"roi""#, #","reason":"stop""#, ""][Int(random.next(below: 3))]
        addFill("closed", id, #""price":"\#(exit(entry, isBuy))"\#(dust)\#(reason)"#, at: closed, delay)
        addLater(id, after: closed, delay)
    }

    private mutating func addOpen(
        _ id: String,
        _ symbol: String,
        _ isBuy: Bool,
        _ entry: Int,
        at time: Int64,
        _ delay: Int64,
        hasFee: Bool
    ) {
        var members = #""symbol":"\#(symbol)","side":"\#(isBuy ? "buy" : "sell")","order_type":"limit","#
        members += #""amount":"1.\#(1 + random.next(below: 9))","price":"\#(entry)","#
        if let account = Self.accounts[Int(random.next(below: 3))] { members += #""account":"\#(account)","# }
        if random.next(below: 4) > 0 { members += #""strategy":"s\#(random.next(below: 3))","# }
        if random.next(below: 4) > 0 { members += #""tag":"t\#(random.next(below: 3))","# }
        let regime = #""\#(["calm", "wild"][Int(random.next(below: 2))])""#
        members += #""context":{"market_regime":\#(random.next(below: 9) == 0 ? "7" : regime)}"#
        addFill("opened", id, members, at: time, delay, hasFee: hasFee)
    }

    /// What is learnt of a trade after its close.
    private mutating func addLater(_ id: String, after closed: Int64, _ delay: Int64) {
        let later = closed + Int64(random.next(below: UInt64(3 * Self.day)))
        let cost = kind == .noLosingTrade ? "0.5" : "-0.\(1 + random.next(below: 99))"
        switch random.next(below: kind == .singleTrade ? 3 : 10) {
        case 0: addFill("adjusted", id, #""kind":"funding","cost":"\#(cost)""#, at: later, delay, hasFee: false)
        case 1: addFill("annotated", id, #""context":{"market_regime":"late"}"#, at: later, delay, hasFee: false)
        case 9: addFill("voided", id, #""reason":"test""#, at: later, delay, hasFee: false)
        default: break
        }
    }

    /// The price of an exit from a position of a price.
    private mutating func exit(_ entry: Int, _ isBuy: Bool) -> String {
        let change =
            switch kind {
            case .winsAndLosses, .singleTrade, .noTrade: Int(random.next(below: 21)) - 10
            case .lossesToBelowZero: isBuy ? 1 - entry : 9000
            case .noLosingTrade: isBuy ? 110 : -45
            }
        return "\(entry + change).\(random.next(below: 1000))"
    }

    private mutating func addFill(
        _ type: String,
        _ id: String,
        _ members: String,
        at time: Int64,
        _ delay: Int64,
        hasFee: Bool = true
    ) {
        let line = #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":\#(time),\#(members)"#
        events.append((time + delay, line + (hasFee ? fee() : "") + "}"))
    }

    private mutating func fee() -> String {
        switch random.next(below: 8) {
        case 0: ""
        case 1: #","fee":"-0.00\#(1 + random.next(below: 99))""#
        case 2: #","fee":{"cost":"0.001","currency":"BTC"}"#
        case 3: #","fee":{"cost":"0.002","currency":"BNB"}"#
        case 4: #","fee":{"cost":"0.002","currency":"BNB","quote_cost":"0.0137"}"#
        default: #","fee":"0.0\#(1 + random.next(below: 999))""#
        }
    }

    private mutating func add(
        account type: String,
        _ account: String,
        _ currency: String,
        at time: Int64,
        _ members: String
    ) {
        let subject = #""type":"account.\#(type)","account":"\#(account)","currency":"\#(currency)","#
        add(subject, at: time, members)
    }

    /// An event that the ledger learns of at once.
    private mutating func add(_ subject: String, at time: Int64, _ members: String) {
        events.append((time, #"{\#(subject)"occurred_at":\#(time),\#(members)}"#))
    }
}

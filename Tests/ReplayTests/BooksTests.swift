import Glibc
import LedgerTestSupport
import Projections
import Testing
import TradeModel

@Suite struct `Balances` {
    /// The sums of the fold against those of a venue that knows nothing of it.
    @Test func `are exactly what a venue moved, whatever happened`() throws {
        let count: UInt64 = unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? 300 : 100_000
        for seed in 1...count {
            var venue = VenueModel(seed: seed)
            var book = FoldedBook()
            for _ in 0..<60 { try book.apply(venue.nextLine()) }
            let rows = try book.books.balances.rows.map { row in
                [row.key.account.text, row.key.currency.text, try text(row, "amount"), try text(row, "fees")]
            }
            #expect(rows == venue.balances, "seed \(seed)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `after any event are those of the events up to it`(seed: UInt64) throws {
        var venue = VenueModel(seed: seed)
        let lines = (0..<80).map { _ in venue.nextLine() }
        var once = FoldedBook()
        for count in 1...lines.count {
            try once.apply(lines[count - 1])
            var again = FoldedBook()
            for line in lines.prefix(count) { try again.apply(line) }
            #expect(once.texts == again.texts, "seed \(seed), event \(count)")
        }
    }

    /// The cost of what stays open needs more digits than a decimal has.
    @Test(arguments: [("BTC/USDT", 2), ("BTC/USDT:USDT", 1)])
    func `are folded of trades whose remaining cost does not fit a decimal`(symbol: String, count: Int) throws {
        var book = FoldedBook()
        let opened =
            #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000000,"symbol":"\#(symbol)","side":"buy","#
            + #""order_type":"market","amount":1,"price":1}"#
        try book.apply(opened)
        for line in [
            #"{"type":"trade.increased","trade_id":"t","occurred_at":1700000000001,"amount":2,"price":"2e20"}"#,
            #"{"type":"trade.reduced","trade_id":"t","occurred_at":1700000000002,"amount":1,"price":1}"#,
        ] { try book.apply(line) }
        #expect(book.books.balances.rows.count == count)
        let position = try #require(book.books.positionRows.first)
        let cost = try #require(PositionRow.columns.first { $0.name == "cost" })
        #expect(cost.value(position).text == nil)
        try book.apply(#"{"type":"trade.voided","trade_id":"t","occurred_at":1700000000003}"#)
        #expect(book.books.positionRows.isEmpty && book.books.balances.rows.isEmpty)
    }

    private func text(_ row: BalanceRow, _ name: String) throws -> String {
        try #require(BalanceRow.columns.first { $0.name == name }?.value(row).text)
    }
}

/// The books of events that break no rule, folded without a log.
struct FoldedBook {
    private(set) var books = Books()
    private var trades: [String: TradeHistory] = [:]
    private var movements: [String: TradeMovements] = [:]
    /// The events of other subjects.
    private var others: [String: [Event]] = [:]
    private var sequence: UInt64 = 0

    mutating func apply(_ line: String) throws {
        let body = try EventJSON.decode(line: Array(line.utf8)).body
        sequence += 1
        let event = Event(
            sequence: sequence,
            recordedAt: body.occurredAt,
            eventID: EventID(high: 1, low: sequence),
            body: body
        )
        guard body.type.isAboutTrade else {
            let subject = "\(body.type.family.name) \(body.subject)"
            books.apply(event, after: others[subject] ?? [])
            others[subject, default: []].append(event)
            return
        }
        var after: TradeHistory
        if let before = trades[body.subject] {
            after = before
            try after.apply(event)
        } else {
            after = try TradeHistory(opening: event)
        }
        trades[body.subject] = after
        var moved = movements[body.subject] ?? books.movements(opening: body, after.trade)
        books.apply(event, after.trade, &moved)
        movements[body.subject] = moved
    }

    var openTrades: [TradeHistory] { trades.values.filter { $0.trade.status == .open } }

    /// Every value of every row.
    var texts: [[String?]] {
        books.balances.rows.map { row in BalanceRow.columns.map { $0.value(row).text } }
            + books.positionRows.map { row in PositionRow.columns.map { $0.value(row).text } }
            + books.orders.rows.map { row in OrderRow.columns.map { $0.value(row).text } }
            + books.halts.rows.map { row in HaltRow.columns.map { $0.value(row).text } }
            + books.portfolioRows(openTrades.sorted { $0.id < $1.id }, base: nil).map { row in
                PortfolioRow.columns.map { $0.value(row).text }
            }
    }
}

/// A venue that moves money in whole units of 10^-8, and makes the events that report it.
///
/// It shares no code with the fold: it keeps integers, and knows what each trade has moved.
struct VenueModel {
    private struct Trade {
        let id: String
        let account: String
        let base: String
        let quote: String
        let isBought: Bool
        var open: Int
        /// What voiding it would take back.
        var moved: [Slot: Int] = [:]
        var feesPaid: [Slot: Int] = [:]
    }

    struct Slot: Hashable {
        let account: String
        let currency: String
    }

    private var random: SeededGenerator
    private var amounts: [Slot: Int] = [:]
    private var fees: [Slot: Int] = [:]
    /// How often a slot was touched by what still counts.
    private var touches: [Slot: Int] = [:]
    private var trades: [Trade] = []
    private var closed: [Trade] = []
    private var count = 0
    private var milliseconds: Int64 = 1_700_000_000_000

    private static let unit = 100_000_000
    private static let pairs = [("BTC", "USDT"), ("ETH", "USDT"), ("ETH", "BTC")]
    private static let accounts = ["main", "default", "spare"]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Account, currency, amount and fees of every balance that was touched.
    var balances: [[String]] {
        touches.filter { $0.value > 0 }.keys.sorted { ($0.account, $0.currency) < ($1.account, $1.currency) }.map {
            [$0.account, $0.currency, Self.text(amounts[$0] ?? 0), Self.text(fees[$0] ?? 0)]
        }
    }

    mutating func nextLine() -> String {
        milliseconds += 1
        count += 1
        switch random.next(below: 12) {
        case 0: return flow("deposited", sign: 1)
        case 1: return flow("withdrawn", sign: -1)
        case 2: return transferred()
        case 3: return adjusted()
        case 4, 5, 6: return opened()
        case 7: return changed("increased")
        case 8: return changed("reduced")
        case 9: return voided()
        default: return changed("closed")
        }
    }

    private mutating func flow(_ type: String, sign: Int) -> String {
        let slot = Slot(account: pick(Self.accounts), currency: pick(["USDT", "BTC"]))
        let amount = 1 + Int(random.next(below: 1_000_000_000))
        move(slot, sign * amount)
        touches[slot, default: 0] += 1
        return account(type, slot, #""amount":"\#(Self.text(amount))""#)
    }

    private mutating func transferred() -> String {
        let slot = Slot(account: "main", currency: "USDT")
        let receiver = Slot(account: "spare", currency: "USDT")
        let amount = 1 + Int(random.next(below: 1_000_000_000))
        move(slot, -amount)
        move(receiver, amount)
        touches[slot, default: 0] += 1
        touches[receiver, default: 0] += 1
        return account("transferred", slot, #""amount":"\#(Self.text(amount))","to_account":"spare""#)
    }

    private mutating func adjusted() -> String {
        let slot = Slot(account: pick(Self.accounts), currency: "USDT")
        let cost = Int(random.next(below: 2_000_001)) - 1_000_000
        move(slot, cost)
        touches[slot, default: 0] += 1
        return account("adjusted", slot, #""kind":"interest","cost":"\#(Self.text(cost))""#)
    }

    private mutating func opened() -> String {
        let (base, quote) = pick(Self.pairs)
        let account = pick(Self.accounts)
        let isBought = random.next(below: 2) == 0
        var trade = Trade(
            id: "t\(count)",
            account: account,
            base: base,
            quote: quote,
            isBought: isBought,
            open: 0
        )
        let fill = enter(&trade)
        trades.append(trade)
        let named = account == "default" ? "" : #""account":"\#(account)","#
        let terms = #""symbol":"\#(base)/\#(quote)","side":"\#(isBought ? "buy" : "sell")","order_type":"market","#
        return self.trade("opened", trade.id, terms + named + fill)
    }

    private mutating func changed(_ type: String) -> String {
        guard !trades.isEmpty else { return opened() }
        let index = Int(random.next(below: UInt64(trades.count)))
        var trade = trades[index]
        let fill: String
        if type == "increased" {
            fill = enter(&trade)
        } else {
            let units = trade.open
            let amount = type == "closed" ? units : Int(random.next(below: UInt64(units)))
            guard amount > 0 else { return opened() }
            fill = exit(&trade, amount, isNamed: type == "reduced" || random.next(below: 2) == 0)
        }
        trades[index] = trade
        if type == "closed" { closed.append(trades.remove(at: index)) }
        return self.trade(type, trade.id, fill)
    }

    private mutating func voided() -> String {
        let isClosed = random.next(below: 3) == 0
        guard !(isClosed ? closed : trades).isEmpty else { return opened() }
        let index = Int(random.next(below: UInt64((isClosed ? closed : trades).count)))
        let trade = isClosed ? closed.remove(at: index) : trades.remove(at: index)
        for (slot, amount) in trade.moved { amounts[slot, default: 0] -= amount }
        for (slot, fee) in trade.feesPaid { fees[slot, default: 0] -= fee }
        for slot in Set(trade.moved.keys).union(trade.feesPaid.keys) { touches[slot, default: 0] -= 1 }
        return self.trade("voided", trade.id, #""reason":"test""#)
    }

    /// Amounts have four decimals and prices four, so that products have eight.
    private mutating func enter(_ trade: inout Trade) -> String {
        let amount = 1 + Int(random.next(below: 100_000))
        trade.open += amount
        return fill(&trade, amount, isEntry: true, isNamed: true)
    }

    private mutating func exit(_ trade: inout Trade, _ amount: Int, isNamed: Bool) -> String {
        trade.open -= amount
        return fill(&trade, amount, isEntry: false, isNamed: isNamed)
    }

    private mutating func fill(_ trade: inout Trade, _ amount: Int, isEntry: Bool, isNamed: Bool) -> String {
        let price = 1 + Int(random.next(below: 1_000_000))
        let sign = trade.isBought == isEntry ? 1 : -1
        move(&trade, trade.base, sign * amount * 10_000)
        move(&trade, trade.quote, -sign * amount * price)
        let currency = pick([trade.base, trade.quote, "BNB"])
        let fee = Int(random.next(below: 1000)) - 100
        if fee != 0 {
            move(&trade, currency, -fee)
            let slot = Slot(account: trade.account, currency: currency)
            fees[slot, default: 0] += fee
            trade.feesPaid[slot, default: 0] += fee
        }
        let named = isNamed ? #""amount":"\#(Self.text(amount * 10_000))","# : ""
        return named + #""price":"\#(Self.text(price * 10_000))","#
            + #""fee":{"cost":"\#(Self.text(fee))","currency":"\#(currency)"}"#
    }

    private mutating func move(_ trade: inout Trade, _ currency: String, _ amount: Int) {
        let slot = Slot(account: trade.account, currency: currency)
        if trade.moved[slot] == nil { touches[slot, default: 0] += 1 }
        trade.moved[slot, default: 0] += amount
        move(slot, amount)
    }

    private mutating func move(_ slot: Slot, _ amount: Int) { amounts[slot, default: 0] += amount }

    private func account(_ type: String, _ slot: Slot, _ rest: String) -> String {
        #"{"type":"account.\#(type)","account":"\#(slot.account)","currency":"\#(slot.currency)","#
            + #""occurred_at":\#(milliseconds),\#(rest)}"#
    }

    private func trade(_ type: String, _ id: String, _ rest: String) -> String {
        #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":\#(milliseconds),\#(rest)}"#
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(random.next(below: UInt64(elements.count)))]
    }

    /// Units of 10^-8 as a canonical decimal.
    private static func text(_ units: Int) -> String {
        let magnitude = abs(units)
        let digits = String(magnitude % unit)
        var fraction = String(repeating: "0", count: 8 - digits.utf8.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (units < 0 ? "-" : "") + "\(magnitude / unit)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}

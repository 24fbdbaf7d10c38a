import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `A random history of a trade` {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `equals a fold of integers, after each of its events`(seed: UInt64) throws {
        print("seed \(seed)")
        var history = RandomHistory(seed: seed)
        for round in 1...1000 { try history.run("round \(round) of seed \(seed)") }
        // A test without such cases would prove nothing.
        #expect(history.closedCount > 900)
        #expect(history.emptiedCount > 100)
        #expect(history.inexactCount > 500)
        #expect(history.coveredDustCount > 20)
        #expect(history.partialDustCount > 20)
    }
}

/// Makes trades at random, and folds each event twice.
private struct RandomHistory {
    private var random: SeededGenerator
    private(set) var closedCount = 0
    /// How often a trade was reduced to exactly zero and then increased.
    private(set) var emptiedCount = 0
    /// How often a cost had to be rounded.
    private(set) var inexactCount = 0
    /// How often dust counted at the full value of the fees in the base currency, and how often at a part of it.
    private(set) var coveredDustCount = 0
    private(set) var partialDustCount = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func run(_ label: String) throws {
        let side = Bool.random(using: &random) ? "buy" : "sell"
        var fold = UnitFold(sign: side == "buy" ? 1 : -1)
        let (amount, price) = (entryAmount(), randomPrice())
        var fields = TradeHistory.openFields(text(amount, 21), text(price, 10), side)
        addFee(to: &fields, price: price, &fold)
        fold.enter(amount, at: price)
        var trade = try Trade(opening: event(.opened, fields), sequence: 1)
        try check(trade, fold, label)

        for _ in 0..<Int.random(in: 0...7, using: &random) {
            let (type, fields) = middle(&fold)
            try trade.apply(event(type, fields), sequence: trade.lastSequence + 1)
            try check(trade, fold, label)
        }
        let closing = close(&fold)
        try trade.apply(event(.closed, closing), sequence: trade.lastSequence + 1)
        try check(trade, fold, label)
        closedCount += 1
        if fold.dustValue != 0 {
            if fold.dust < fold.baseFees.amount { partialDustCount += 1 } else { coveredDustCount += 1 }
        }

        let late = Int128.random(in: -9_999_999...9_999_999, using: &random) * pow10(25)
        fold.adjustments += late
        let adjustment = try event(.adjusted, [.kind: "other", .cost: text(late, UnitFold.quoteScale)])
        try trade.apply(adjustment, sequence: trade.lastSequence + 1)
        try check(trade, fold, label)
    }

    private mutating func middle(_ fold: inout UnitFold) -> (EventType, [Field: String]) {
        let price = randomPrice()
        var fields = [Field.price: text(price, 10)]
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let cost = Int128.random(in: -9_999_999...9_999_999, using: &random) * pow10(24)
            fold.adjustments += cost
            return (.adjusted, [.kind: "funding", .cost: text(cost, UnitFold.quoteScale)])
        case 1...4 where fold.open > 0, 5...6 where fold.open > 0:
            let amount = exitAmount(of: fold.open)
            fields[.amount] = text(amount, 21)
            addFee(to: &fields, price: price, &fold)
            if !fold.isCostExact(of: amount) { inexactCount += 1 }
            fold.reduce(amount, at: price)
            return (.reduced, fields)
        default:
            let amount = entryAmount()
            fields[.amount] = text(amount, 21)
            addFee(to: &fields, price: price, &fold)
            if fold.open == 0 { emptiedCount += 1 }
            fold.enter(amount, at: price)
            return (.increased, fields)
        }
    }

    private mutating func close(_ fold: inout UnitFold) -> [Field: String] {
        let price = randomPrice()
        var fields = [Field.price: text(price, 10)]
        let open = fold.open
        let taken = open == 0 ? 0 : amountOfClose(fold)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where open > 0:
            fields[.amount] = text(open, 21)
            fold.close(open, at: price)
        case 1 where open > 0:
            fields[.amount] = text(taken, 21)
            fields[.dust] = text(open - taken, 21)
            fold.close(taken, at: price)
        case 2 where open > 0:
            fields[.amount] = text(taken, 21)
            fields[.dust] = "rest"
            fold.close(taken, at: price)
        case 3:
            fields[.dust] = text(open - taken, 21)
            fold.close(taken, at: price)
        default:
            fold.close(open, at: price)
        }
        addFee(to: &fields, price: price, &fold)
        return fields
    }

    private func check(_ trade: Trade, _ fold: UnitFold, _ label: String) throws {
        let figures = trade.figures
        try #require(trade.openAmount == units(fold.open, 21), "\(label)")
        try #require(trade.closedCost == units(fold.costOut, 31), "\(label)")
        try #require(trade.entryAmount == units(fold.entry.amount, 21), "\(label)")
        try #require(trade.exitAmount == units(fold.exit.amount, 21), "\(label)")
        try #require(trade.fees == units(fold.fees, 31), "\(label)")
        try #require(trade.isFeesIncomplete == fold.isFeesIncomplete, "\(label)")
        try #require(trade.adjustments == units(fold.adjustments, 31), "\(label)")
        try #require(figures.realizedPnL == units(fold.realized, 31), "\(label)")
        try #require(figures.pnlPercent == units(fold.percent, 8), "\(label)")
        try #require(figures.entryPrice == average(fold.entry), "\(label)")
        try #require(figures.exitPrice == average(fold.exit), "\(label)")
        try #require(trade.isWon == (fold.isClosed && fold.realized > 0), "\(label)")
        if fold.isClosed {
            let gross = fold.sign * (fold.exit.value + fold.dustValue - fold.entry.value)
            try #require(figures.realizedPnL == units(gross - fold.fees + fold.adjustments, 31), "\(label)")
        }
    }

    private func average(_ leg: UnitFold.Leg) -> Decimal? {
        if let rounded = leg.roundedAverage { return units(rounded, 18) }
        return leg.prices.first.map { units($0, 10) }
    }

    /// From a thousandth to one, with 21 digits, or round.
    private mutating func entryAmount() -> Int128 {
        Bool.random(using: &random)
            ? Int128.random(in: 1...1000, using: &random) * pow10(18)
            : Int128.random(in: pow10(18)...pow10(21), using: &random)
    }

    /// About all minus the fees, or any part.
    private mutating func amountOfClose(_ fold: UnitFold) -> Int128 {
        let dust = fold.baseFees.amount * Int128.random(in: 1...4, using: &random) / 3
        return dust > 0 && dust < fold.open && Bool.random(using: &random)
            ? fold.open - dust : exitAmount(of: fold.open)
    }

    /// Any part of the open amount, all of it, or the smallest amount.
    private mutating func exitAmount(of open: Int128) -> Int128 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0...1: open
        case 2: 1
        case 3: max(1, open / 2)
        default: Int128.random(in: 1...open, using: &random)
        }
    }

    /// Few enough round ones that prices repeat.
    private mutating func randomPrice() -> Int128 {
        Bool.random(using: &random)
            ? Int128.random(in: 1...3, using: &random) * pow10(13)
            : Int128.random(in: 1...pow10(15), using: &random)
    }

    private mutating func addFee(to fields: inout [Field: String], price: Int128, _ fold: inout UnitFold) {
        let cost = Int128.random(in: -10_000...1_000_000, using: &random) * pow10(10)
        fields[.feeCost] = text(cost, 21)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            fields[.feeCost] = nil
        case 1:
            fields[.feeCurrency] = "BTC"
            if Bool.random(using: &random) {
                fields[.feeQuoteCost] = text(cost * 3, 21)
                fold.chargeInBase(cost, value: cost * 3 * pow10(10))
            } else {
                fold.chargeInBase(cost, value: cost * price)
            }
        case 2:
            fields[.feeCurrency] = "BNB"
            fold.isFeesIncomplete = true
        case 3:
            fields[.feeCurrency] = "BNB"
            fields[.feeQuoteCost] = text(cost * 3, 21)
            fold.fees += cost * 3 * pow10(10)
        case 4:
            fields[.feeCurrency] = "USDT"
            fold.fees += cost * pow10(10)
        default:
            fold.fees += cost * pow10(10)
        }
    }

    private func text(_ count: Int128, _ scale: Int) -> String { units(count, scale).description }

    private func units(_ count: Int128, _ scale: Int) -> Decimal {
        do { return try Decimal(coefficient: count, scale: scale) } catch {
            preconditionFailure("\(count) of 10^-\(scale) do not fit: the test makes too large numbers")
        }
    }
}

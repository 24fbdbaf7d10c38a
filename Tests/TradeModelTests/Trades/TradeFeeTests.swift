import Testing
import TradeModel

@Suite struct `The fees of a trade` {
    @Test(
        arguments: [
            // Fee, its currency, its value in quote; the fees of `BTC/USDT` at 2,000, and whether they are complete.
            ("1.5", nil, nil, "1.5", false), ("-1.5", nil, nil, "-1.5", false), ("0", nil, nil, "0", false),
            ("1.5", "USDT", nil, "1.5", false), ("1.5", "USDT", "7", "7", false),
            ("0.001", "BTC", nil, "2", false), ("-0.001", "BTC", nil, "-2", false),
            ("0.001", "BTC", "2.1", "2.1", false),
            ("0.01", "BNB", nil, "0", true), ("0.01", "BNB", "6", "6", false), ("-0.01", "BNB", "-6", "-6", false),
            ("0.01", "BNB", "0", "0", false), ("0.01", "usdt", nil, "0", true), ("1.5", nil, "7", "7", false),
        ] as [(String, String?, String?, String, Bool)]
    )
    func `are counted in quote currency`(
        cost: String,
        currency: String?,
        quoteCost: String?,
        fees: String,
        isIncomplete: Bool
    ) throws {
        var fee = [Field.feeCost: cost]
        fee[.feeCurrency] = currency
        fee[.feeQuoteCost] = quoteCost
        let opened = try TradeHistory("1", at: "2000", fee).trade
        #expect(opened.fees.description == fees)
        #expect(opened.isFeesIncomplete == isIncomplete)
        #expect(opened.figures.realizedPnL == opened.fees.negated)

        var history = try TradeHistory("3", at: "1")
        try history.increase("1", at: "2000", fee)
        try history.reduce("1", at: "2000", fee)
        try history.close(at: "2000", fee)
        #expect(history.trade.fees == (try opened.fees.multiplied(by: Decimal("3"))))
        #expect(history.trade.isFeesIncomplete == isIncomplete)
    }

    @Test func `in the base currency are valued at the price of their own event`() throws {
        var history = try TradeHistory("1", at: "100", [.feeCost: "0.01", .feeCurrency: "BTC"])
        try history.reduce("0.5", at: "200", [.feeCost: "0.01", .feeCurrency: "BTC"])
        #expect(history.trade.fees.description == "3")
        try history.close(at: "0", [.reason: "expired", .feeCost: "0.01", .feeCurrency: "BTC"])
        #expect(history.trade.fees.description == "3")
        #expect(!history.trade.isFeesIncomplete)
    }

    @Test func `stay incomplete once one was`() throws {
        var history = try TradeHistory("1", at: "100", [.feeCost: "1", .feeCurrency: "BNB"])
        try history.reduce("0.5", at: "100", [.feeCost: "1"])
        try history.close(at: "100", [.feeCost: "1", .feeCurrency: "BNB", .feeQuoteCost: "300"])
        #expect(history.trade.isFeesIncomplete)
        #expect(history.trade.fees.description == "301")
    }

    @Test func `are compared with the currencies of the trade, not only of its symbol`() throws {
        let named = try TradeHistory(
            "1",
            at: "2",
            [.symbol: "BTCUSDT", .quote: "USDT", .feeCost: "1", .feeCurrency: "USDT"]
        ).trade
        #expect(named.fees.description == "1")
        #expect(named.quote == "USDT")
        let overruled = try TradeHistory(
            "1",
            at: "2",
            [.quote: "EUR", .feeCost: "1", .feeCurrency: "USDT"]
        ).trade
        #expect(overruled.isFeesIncomplete)
        #expect(overruled.quote == "EUR")
        let nameless = try TradeHistory("1", at: "2", [.symbol: "BTCUSDT", .feeCost: "1", .feeCurrency: "BTC"]).trade
        #expect(nameless.isFeesIncomplete)
        #expect(nameless.quote.isEmpty)
        let unnamed = try TradeHistory("1", at: "2", [.symbol: "/USDT", .feeCost: "1", .feeCurrency: ""]).trade
        #expect(unnamed.isFeesIncomplete)
        let settled = try TradeHistory(
            "1",
            at: "2",
            [.symbol: "BTC/USDT:BTC", .feeCost: "1", .feeCurrency: "BTC"]
        ).trade
        #expect(settled.fees.description == "2")
        #expect(settled.quote == "USDT")
    }

    @Test func `are compared by bytes`() throws {
        let precomposed = "\u{E9}"
        let decomposed = "e\u{301}"
        let trade = try TradeHistory(
            "1",
            at: "2",
            [.symbol: "A/\(precomposed)", .feeCost: "1", .feeCurrency: decomposed]
        ).trade
        #expect(trade.isFeesIncomplete)
    }
}

@Suite struct `The adjustments of a trade` {
    @Test func `count while it is open and after its close`() throws {
        var history = try TradeHistory("1", at: "10")
        try history.adjust("-0.5")
        #expect(history.trade.figures.realizedPnL.description == "-0.5")
        try history.close(at: "10")
        #expect(!history.trade.isWon)
        for kind in ["funding", "interest", "fee", "rebate", "other"] { try history.adjust("0.1", kind: kind) }
        #expect(history.trade.adjustments == .zero)
        #expect(history.trade.fees == .zero)
        #expect(history.trade.figures.realizedPnL == .zero)
        #expect(!history.trade.isWon)
        try history.adjust("0.5")
        #expect(history.trade.isWon)
        #expect(history.trade.figures.pnlPercent.description == "5")
        #expect(history.trade.eventCount == 9)
        #expect(history.trade.closeSequence == 3)
        #expect(history.trade.lastSequence == 9)
    }

    @Test func `are not changed by an annotation`() throws {
        var history = try TradeHistory("1", at: "10")
        let before = history.trade
        try history.apply(.annotated, [.reason: "looks good", .context: #"{"a":1}"#], second: 101)
        #expect(history.trade.figures == before.figures)
        #expect(history.trade.status == .open)
        #expect(history.trade.lastSequence == 2)
        try history.close(at: "11")
        try history.apply(.annotated)
        #expect(history.trade.status == .closed)
        #expect(history.trade.closeSequence == 3)
    }
}

import Testing
import TradeModel

@Suite struct `The dust of a trade` {
    /// Closes a trade of BTC/USDT and compares its fees and its P&L.
    private func expect(
        _ history: TradeHistory,
        closedAt price: String,
        _ fields: [Field: String],
        fees: String,
        result: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        var history = history
        let trade = try history.close(at: price, fields)
        #expect(trade.fees.description == fees, sourceLocation: location)
        #expect(trade.figures.realizedPnL.description == result, sourceLocation: location)
    }

    private static func inCoin(_ cost: String, worth quoteCost: String? = nil) -> [Field: String] {
        var fields = [Field.feeCost: cost, .feeCurrency: "BTC"]
        fields[.feeQuoteCost] = quoteCost
        return fields
    }

    @Test(arguments: ["rest", "0.01"])
    func `is charged once if a fee took it`(dust: String) throws {
        let history = try TradeHistory("1", at: "100", Self.inCoin("0.01"))
        let fields = [Field.amount: "0.99", .dust: dust]
        try expect(history, closedAt: "100", fields, fees: "1", result: "-1")
        // Bought for 100 and sold for 108.9, by the cash.
        try expect(history, closedAt: "110", fields, fees: "1", result: "8.9")
    }

    @Test(arguments: [
        ("1", "-1"), ("0.995", "-1"), ("0.99", "-1"), ("0.98", "-2"), ("0.01", "-99"),
    ])
    func `counts at the value of the fees up to their amount, and beyond them as zero`(
        taken: String,
        result: String
    ) throws {
        let history = try TradeHistory("1", at: "100", Self.inCoin("0.01"))
        try expect(history, closedAt: "100", [.amount: taken, .dust: "rest"], fees: "1", result: result)
    }

    @Test func `takes a part of the fees at 18 decimals, half to even`() throws {
        // A third and two thirds of 1, and ties: 1 and 3 halves of 10^-18.
        var history = try TradeHistory("1", at: "1", Self.inCoin("0.03", worth: "1"))
        try expect(history, closedAt: "1", [.dust: "0.01"], fees: "1", result: "-0.676666666666666667")
        try expect(history, closedAt: "1", [.dust: "0.02"], fees: "1", result: "-0.353333333333333333")
        for fees in ["0.000000000000000001", "0.000000000000000003"] {
            history = try TradeHistory("1", at: "1", Self.inCoin("0.02", worth: fees))
            try expect(history, closedAt: "1", [.dust: "0.01"], fees: fees, result: "-0.010000000000000001")
        }
    }

    @Test func `is compared with all fees in the coin, each counted at its own value`() throws {
        var history = try TradeHistory("1", at: "100", Self.inCoin("0.01"))
        try history.increase("1", at: "200", Self.inCoin("0.01"))
        try history.reduce("0.5", at: "150", Self.inCoin("0.01", worth: "7"))
        // 1 + 2 + 7 + 4 for 0.04 coins: the fee of the close counts too.
        let closing = Self.inCoin("0.01").merging([.amount: "1.46", .dust: "rest"]) { $1 }
        try expect(history, closedAt: "400", closing, fees: "14", result: "359")
        // Half of them.
        let half = closing.merging([.amount: "1.48"]) { $1 }
        try expect(history, closedAt: "400", half, fees: "14", result: "360")
    }

    @Test func `is worth nothing if the fees in the coin sum to zero or less`() throws {
        let rebate = try TradeHistory("1", at: "100", Self.inCoin("-0.01"))
        try expect(rebate, closedAt: "100", [.dust: "0.01"], fees: "-1", result: "0")
        var even = try TradeHistory("1", at: "100", Self.inCoin("0.01"))
        try even.increase("1", at: "200", Self.inCoin("-0.01"))
        try expect(even, closedAt: "300", [.dust: "0.01"], fees: "-1", result: "298")
    }

    @Test func `is worth the difference after a rebate`() throws {
        var history = try TradeHistory("1", at: "100", Self.inCoin("0.03"))
        try history.increase("1", at: "200", Self.inCoin("-0.01"))
        // 3 − 2 for 0.02 coins: 300 were paid, 1.98 · 150 = 297 came back.
        try expect(history, closedAt: "150", [.dust: "0.02"], fees: "1", result: "-3")
    }

    @Test func `is worth nothing if no fee was taken in the coin`() throws {
        for fee in [[:], [Field.feeCost: "1"], [.feeCost: "1", .feeCurrency: "BNB", .feeQuoteCost: "1"]] {
            let history = try TradeHistory("1", at: "100", fee)
            let fees = fee.isEmpty ? "0" : "1"
            try expect(history, closedAt: "100", [.dust: "0.01"], fees: fees, result: fee.isEmpty ? "-1" : "-2")
        }
    }

    @Test func `of a short trade is worth nothing`() throws {
        let history = try TradeHistory("1", at: "100", side: "sell", Self.inCoin("0.01"))
        try expect(history, closedAt: "100", [.amount: "0.99", .dust: "rest"], fees: "1", result: "0")
    }

    @Test func `changes neither the price of the exits nor the cost`() throws {
        var history = try TradeHistory("1", at: "100", Self.inCoin("0.01"))
        let trade = try history.close(at: "120", [.amount: "0.99", .dust: "rest"])
        #expect(trade.figures.exitPrice?.description == "120")
        #expect(trade.exitAmount.description == "0.99")
        #expect(trade.closedCost.description == "100")
        #expect(trade.figures.pnlPercent.description == "18.8")
        let voided = try history.apply(.voided, [.reason: "test order"])
        #expect(voided.figures == trade.figures)
    }

    @Test func `refuses a close whose dust does not fit a decimal only if its value is needed`() throws {
        let closing = [Field.amount: "0.00000000000000000000000000000000000001", .dust: "rest", .price: "1e38"]
        let free = try TradeHistory("1000", at: "1")
        #expect(try free.refusal(of: .closed, closing) == nil)
        let charged = try TradeHistory("1000", at: "1", Self.inCoin("0.01"))
        #expect(try charged.refusal(of: .closed, closing) == .numberOutOfRange)
    }
}

import Testing
import TradeModel

@Suite struct `The average prices of a trade` {
    @Test(arguments: ["0.000000000000000000000000000001", "60000.123456789012345678901", "1e15", "1e-37"])
    func `are exactly the price if there is only one`(price: String) throws {
        var history = try TradeHistory("0.3", at: price)
        try history.increase("0.7", at: price)
        try history.reduce("0.1", at: price)
        try history.close(at: price)
        #expect(history.trade.figures.entryPrice == (try Decimal(price)))
        #expect(history.trade.figures.exitPrice == (try Decimal(price)))
        #expect(history.trade.figures.realizedPnL == .zero)
    }

    /// Amounts and prices entered, then the average at 18 decimals.
    ///
    /// With an explicit type, because the compiler takes minutes to infer it.
    private static let averages: [(fills: [(String, String)], average: String)] = [
        ([("1", "1"), ("2", "2")], "1.666666666666666667"),
        ([("2", "1"), ("1", "2")], "1.333333333333333333"),
        ([("1", "10"), ("3", "20")], "17.5"),
        // Ties go to the even digit: halves of 10^-18.
        ([("1", "0.000000000000000001"), ("1", "0.000000000000000002")], "0.000000000000000002"),
        ([("1", "0.000000000000000002"), ("1", "0.000000000000000003")], "0.000000000000000002"),
        ([("1", "0.000000000000000003"), ("1", "0.000000000000000004")], "0.000000000000000004"),
        // One price, then another, then the first again are two distinct prices.
        ([("1", "1"), ("1", "2"), ("1", "1")], "1.333333333333333333"),
        // Two prices that differ only after the 18th digit.
        ([("1", "1.0000000000000000000001"), ("1", "1.0000000000000000000003")], "1"),
    ]

    @Test(arguments: averages)
    func `have 18 decimals, half to even, if there are several`(
        fills: [(String, String)],
        average: String
    ) throws {
        var history = try TradeHistory(fills[0].0, at: fills[0].1)
        for (amount, price) in fills.dropFirst() { try history.increase(amount, at: price) }
        #expect(history.trade.figures.entryPrice.description == average)

        var exits = try TradeHistory("100", at: "5")
        for (amount, price) in fills { try exits.reduce(amount, at: price) }
        #expect(exits.trade.figures.exitPrice?.description == average)
        #expect(exits.trade.figures.entryPrice.description == "5")
    }

    @Test func `have no exit before the first exit`() throws {
        var history = try TradeHistory("2", at: "10")
        try history.increase("1", at: "13")
        try history.adjust("1")
        #expect(history.trade.figures.exitPrice == nil)
        #expect(history.trade.exitAmount == .zero)
        try history.reduce("1", at: "12")
        #expect(history.trade.figures.exitPrice?.description == "12")
        #expect(history.trade.figures.entryPrice.description == "11")
    }

    @Test func `do not count the price of a close that takes out nothing`() throws {
        var history = try TradeHistory("2", at: "10")
        try history.reduce("2", at: "11")
        try history.close(at: "999")
        #expect(history.trade.figures.exitPrice?.description == "11")
        #expect(history.trade.figures.realizedPnL.description == "2")

        var writtenOff = try TradeHistory("2", at: "10")
        try writtenOff.close(at: "11", [.dust: "2"])
        #expect(writtenOff.trade.figures.exitPrice == nil)
        #expect(writtenOff.trade.figures.realizedPnL.description == "-20")
        #expect(writtenOff.trade.figures.pnlPercent.description == "-100")
    }
}

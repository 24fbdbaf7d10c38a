import Testing
import TradeModel

@Suite struct `The cost of a trade` {
    @Test func `leaves at average cost, at 18 decimals`() throws {
        var history = try TradeHistory("1", at: "1")
        try history.increase("2", at: "2")
        try history.reduce("1", at: "3")
        #expect(history.trade.closedCost.description == "1.666666666666666667")
        #expect(history.trade.figures.realizedPnL.description == "1.333333333333333333")
        try history.reduce("1", at: "3")
        // The current cost, 3.333333333333333333, is halved: …6665 ends in a tie.
        #expect(history.trade.closedCost.description == "3.333333333333333333")
        try history.reduce("1", at: "3")
        #expect(history.trade.closedCost.description == "5")
        #expect(history.trade.figures.realizedPnL.description == "4")
        #expect(history.trade.status == .open)
    }

    @Test func `counts only entries after the position was empty`() throws {
        var history = try TradeHistory("3", at: "7")
        try history.reduce("1", at: "8")
        try history.reduce("2", at: "8")
        #expect(history.trade.openAmount == .zero)
        #expect(history.trade.closedCost.description == "21")
        try history.increase("4", at: "100")
        #expect(history.trade.closedCost.description == "21")
        try history.reduce("1", at: "90")
        #expect(history.trade.closedCost.description == "121")
        #expect(history.trade.figures.realizedPnL.description == "-7")
        try history.close(at: "110")
        #expect(history.trade.figures.realizedPnL.description == "23")
        #expect(history.trade.entryAmount.description == "7")
        #expect(history.trade.exitAmount.description == "7")
        #expect(history.trade.openAmount == .zero)
    }

    @Test func `is the sum of all entries once the trade is closed, whatever was rounded before`() throws {
        var history = try TradeHistory("3", at: "0.000000000000000000001")
        try history.reduce("1", at: "1")
        #expect(history.trade.closedCost == .zero)
        #expect(history.trade.figures.pnlPercent == .zero)
        try history.close(at: "1", [.amount: "1.5", .dust: "rest"])
        #expect(history.trade.closedCost.description == "0.000000000000000000003")
        #expect(history.trade.figures.realizedPnL.description == "2.499999999999999999997")
    }

    @Test(arguments: [("buy", "5", "50"), ("sell", "-5", "-50")])
    func `gives the profit by the side of the trade`(side: String, profit: String, percent: String) throws {
        var history = try TradeHistory("1", at: "10", side: side)
        try history.close(at: "15")
        #expect(history.trade.figures.realizedPnL.description == profit)
        #expect(history.trade.figures.pnlPercent.description == percent)
        #expect(history.trade.isWon == (side == "buy"))
    }

    @Test(arguments: [
        ("3", "4", "33.33333333"), ("3", "5", "66.66666667"), ("3", "2", "-33.33333333"),
        // One, three and five times half of 10^-8: ties.
        ("20000000000", "20000000001", "0"), ("20000000000", "20000000003", "0.00000002"),
        ("20000000000", "20000000005", "0.00000002"),
    ])
    func `gives the percentage 8 decimals, half to even`(entry: String, exit: String, percent: String) throws {
        var history = try TradeHistory("1", at: entry)
        try history.close(at: exit)
        #expect(history.trade.figures.pnlPercent == (try Decimal(percent)))
    }

    @Test func `has no percentage while nothing is closed`() throws {
        var history = try TradeHistory("1", at: "10", [.feeCost: "1"])
        #expect(history.trade.figures.realizedPnL.description == "-1")
        #expect(history.trade.figures.pnlPercent == .zero)
        try history.adjust("3")
        #expect(history.trade.figures.realizedPnL.description == "2")
        #expect(history.trade.figures.pnlPercent == .zero)
        try history.reduce("0.5", at: "10")
        #expect(history.trade.figures.pnlPercent.description == "40")
    }

    @Test(arguments: [
        // Price of the exit, fee, late adjustment: the exact result has the sign that decides.
        ("10", "0", "0", false), ("10.00000000000000000000000000000000001", "0", "0", true),
        ("11", "1", "0", false), ("11", "0.99999999999999999999999999", "0", true),
        ("9", "-1", "0", false), ("9", "0", "1.00000000000000000000000000000000000001", true),
    ])
    func `decides by the exact value whether the trade was won`(
        price: String,
        fee: String,
        late: String,
        won: Bool
    ) throws {
        var history = try TradeHistory("1", at: "10", [.feeCost: fee])
        try history.close(at: price)
        try history.adjust(late)
        #expect(history.trade.isWon == won)
        #expect(history.trade.figures.realizedPnL.isPositive == won)
    }

    @Test func `is not won while open, nor when voided`() throws {
        var history = try TradeHistory("2", at: "10")
        try history.reduce("1", at: "20")
        #expect(!history.trade.isWon)
        let closed = try history.close(at: "20")
        #expect(closed.isWon)
        let voided = try history.apply(.voided, [.reason: "test order"])
        #expect(!voided.isWon)
        #expect(voided.status == .voided)
        #expect(voided.figures == closed.figures)
        #expect(voided.closedAt == closed.closedAt)
        #expect(voided.entryAmount == closed.entryAmount)
        #expect(voided.exitAmount == closed.exitAmount)
    }
}

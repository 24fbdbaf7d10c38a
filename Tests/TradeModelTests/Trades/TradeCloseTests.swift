import Testing
import TradeModel

@Suite struct `The close of a trade` {
    @Test(
        arguments: [
            // Amount and dust of a close of 2; the amount that counts at the price.
            (nil, nil, "2"), (nil, "0", "2"), (nil, "0.5", "1.5"), (nil, "2", "0"), (nil, "rest", "2"),
            ("2", nil, "2"), ("2", "0", "2"), ("2", "rest", "2"), ("1.5", "0.5", "1.5"), ("1.5", "rest", "1.5"),
            ("0.000000000000000000001", "rest", "0.000000000000000000001"),
        ] as [(String?, String?, String)]
    )
    func `takes all that is open`(amount: String?, dust: String?, taken: String) throws {
        var history = try TradeHistory("1", at: "10")
        try history.increase("1", at: "20")
        var fields: [Field: String] = [:]
        fields[.amount] = amount
        fields[.dust] = dust
        let trade = try history.close(at: "7", fields)
        #expect(trade.status == .closed)
        #expect(trade.openAmount == .zero)
        #expect(trade.exitAmount.description == taken)
        #expect(trade.closedCost.description == "30")
        let proceeds = try Decimal(taken).multiplied(by: Decimal("7"))
        #expect(trade.figures.realizedPnL == (try proceeds.subtracting(Decimal("30"))))
    }

    @Test(
        arguments: [
            ("1", nil, RejectionCode.dustMismatch), ("1", "0", .dustMismatch), ("1", "0.5", .dustMismatch),
            ("1.999999999999999999999", nil, .dustMismatch), ("1", "1.1", .amountExceedsOpen),
            ("2", "0.1", .amountExceedsOpen), (nil, "2.1", .amountExceedsOpen), ("2.1", nil, .amountExceedsOpen),
            ("2.1", "rest", .amountExceedsOpen), ("3", "1", .amountExceedsOpen),
        ] as [(String?, String?, RejectionCode)]
    )
    func `leaves nothing open and takes no more than is open`(
        amount: String?,
        dust: String?,
        code: RejectionCode
    ) throws {
        let history = try TradeHistory("2", at: "10")
        var fields = [Field.price: "7"]
        fields[.amount] = amount
        fields[.dust] = dust
        #expect(try history.refusal(of: .closed, fields) == code)
    }

    @Test func `may come after everything was reduced`() throws {
        var history = try TradeHistory("2", at: "10")
        try history.reduce("2", at: "11")
        #expect(try history.refusal(of: .closed, [.price: "11", .amount: "1"]) == .amountExceedsOpen)
        #expect(try history.refusal(of: .closed, [.price: "11", .dust: "1"]) == .amountExceedsOpen)
        #expect(try history.refusal(of: .closed, [.price: "11", .dust: "rest"]) == nil)
        try history.close(at: "11")
        #expect(history.trade.isWon)
    }

    @Test func `may have the time of the open, and a time before that of an earlier event`() throws {
        var history = try TradeHistory("2", at: "10")
        try history.apply(.reduced, [.amount: "1", .price: "10"], second: 500)
        let trade = try history.close(at: "11")
        #expect(trade.closedAt == TradeHistory.openedAt)
        #expect(trade.openedAt == TradeHistory.openedAt)
        #expect(try history.refusal(of: .adjusted, [.kind: "fee", .cost: "1"], second: 300) == nil)
    }

    @Test(arguments: ["expired", "written_off"])
    func `may be worth nothing for a reason`(reason: String) throws {
        var history = try TradeHistory("2", at: "10")
        #expect(try history.refusal(of: .closed, [.price: "0"]) == .priceNotPositive)
        #expect(try history.refusal(of: .closed, [.price: "0", .reason: "\(reason) "]) == .priceNotPositive)
        #expect(try history.refusal(of: .closed, [.price: "-1", .reason: reason]) == .priceNotPositive)
        #expect(try history.refusal(of: .reduced, [.price: "0", .amount: "1", .reason: reason]) == .priceNotPositive)
        let trade = try history.close(at: "0", [.reason: reason])
        #expect(trade.figures.exitPrice == .zero)
        #expect(trade.figures.realizedPnL.description == "-20")
    }

    @Test func `gives a profit to a short trade of an option that expired`() throws {
        var history = try TradeHistory("2", at: "10", side: "sell")
        let trade = try history.close(at: "0", [.reason: "expired"])
        #expect(trade.isWon)
        #expect(trade.figures.pnlPercent.description == "100")
    }
}

import Testing
import TradeModel

@Suite struct `An event that a trade refuses` {
    private static let fills: [EventType] = [.increased, .reduced, .closed]

    private static let fieldsByType: [(EventType, [Field: String])] = [
        (.increased, [.amount: "1", .price: "1"]), (.reduced, [.amount: "1", .price: "1"]), (.closed, [.price: "1"]),
        (.adjusted, [.kind: "fee", .cost: "1"]), (.annotated, [:]), (.voided, [:]),
    ]

    @Test(arguments: fieldsByType.indices)
    func `comes after the void, whatever else is wrong with it`(index: Int) throws {
        let (type, fields) = Self.fieldsByType[index]
        var history = try TradeHistory("1", at: "10")
        #expect(try history.refusal(of: type, fields) == nil)
        try history.apply(.voided)
        #expect(try history.refusal(of: type, fields) == .tradeVoided)
        #expect(try history.refusal(of: type, fields, second: 1) == .tradeVoided)

        var closed = try TradeHistory("1", at: "10")
        try closed.close(at: "11")
        try closed.apply(.voided)
        #expect(try closed.refusal(of: type, fields) == .tradeVoided)
    }

    @Test(arguments: fieldsByType.indices)
    func `would change a closed trade`(index: Int) throws {
        let (type, fields) = Self.fieldsByType[index]
        var history = try TradeHistory("1", at: "10")
        try history.close(at: "11")
        #expect(try history.refusal(of: type, fields) == (Self.fills.contains(type) ? .tradeClosed : nil))
    }

    @Test(arguments: fieldsByType.indices)
    func `happened before the open`(index: Int) throws {
        let (type, fields) = Self.fieldsByType[index]
        let history = try TradeHistory("1", at: "10")
        #expect(try history.refusal(of: type, fields, second: 99) == .timeBeforeOpen)
        #expect(try history.refusal(of: type, fields, second: 100) == nil)
        var closed = history
        try closed.close(at: "11")
        if !Self.fills.contains(type) {
            #expect(try closed.refusal(of: type, fields, second: 99) == .timeBeforeOpen)
        }
    }

    @Test(arguments: ["0", "-1", "-0.000000000000000000001"])
    func `has an amount or a price that is not positive`(number: String) throws {
        let history = try TradeHistory("1", at: "10")
        for type in Self.fills {
            #expect(try history.refusal(of: type, [.amount: number, .price: "1"]) == .amountNotPositive)
            #expect(try history.refusal(of: type, [.amount: "1", .price: number]) == .priceNotPositive)
        }
        for (amount, price, code) in [
            (number, "1", RejectionCode.amountNotPositive), ("1", number, .priceNotPositive),
        ] {
            let body = try event(.opened, TradeHistory.openFields(amount, price))
            #expect(openRefusal(of: body) == code)
        }
    }

    @Test func `takes out more than is open`() throws {
        var history = try TradeHistory("1", at: "10")
        #expect(
            try history.refusal(of: .reduced, [.amount: "1.000000000000000000001", .price: "1"]) == .amountExceedsOpen
        )
        #expect(try history.refusal(of: .reduced, [.amount: "1", .price: "1"]) == nil)
        try history.reduce("0.4", at: "1")
        #expect(try history.refusal(of: .reduced, [.amount: "0.7", .price: "1"]) == .amountExceedsOpen)
        try history.reduce("0.6", at: "1")
        #expect(try history.refusal(of: .reduced, [.amount: "1e-38", .price: "1"]) == .amountExceedsOpen)
    }

    @Test(
        arguments: [
            // Each close of 2 breaks every rule from its code on.
            ("-5", "-1", Int64(1), "9", RejectionCode.amountNotPositive), ("5", "-1", 1, "9", .priceNotPositive),
            ("5", "1", 1, "9", .timeBeforeOpen), ("5", "1", 100, "9", .amountExceedsOpen),
            ("5", "1", 100, "0", .amountExceedsOpen), ("1", "1", 100, "0", .dustMismatch),
            (nil, "0", 1, "9", .priceNotPositive), (nil, "1", 1, "9", .timeBeforeOpen),
        ] as [(String?, String, Int64, String, RejectionCode)]
    )
    func `is refused by the first rule`(
        amount: String?,
        price: String,
        second: Int64,
        dust: String,
        code: RejectionCode
    ) throws {
        var fields: [Field: String] = [.price: price, .dust: dust]
        fields[.amount] = amount
        var history = try TradeHistory("2", at: "10")
        #expect(try history.refusal(of: .closed, fields, second: second) == code)
        try history.close(at: "1")
        #expect(try history.refusal(of: .closed, fields, second: second) == .tradeClosed)
        try history.apply(.voided)
        #expect(try history.refusal(of: .closed, fields, second: second) == .tradeVoided)
    }

    @Test func `has a code, and names what is wrong`() throws {
        let history = try TradeHistory("2", at: "10")
        func message(_ fields: [Field: String]) throws -> String? {
            try history.rejection(of: event(.closed, fields))?.message
        }
        #expect(try message([.price: "1", .amount: "1.5"])?.contains("0.5 of 2") == true)
        #expect(try message([.price: "1", .amount: "3"])?.contains("amount 3 is more than the 2") == true)
        #expect(try message([.price: "-3"])?.contains("price is -3") == true)
    }
}

@Suite struct `A figure that would not fit` {
    private static let large = "100000000000000000000000000000000000000"

    @Test(arguments: [
        ("1e20", "1e20"), ("1e-20", "1e-20"), ("170141183460469231731687303715884105727", "2"),
        ("1.0000000000000000001", "1.00000000000000000001"),
    ])
    func `keeps a trade from opening`(amount: String, price: String) throws {
        #expect(openRefusal(of: try event(.opened, TradeHistory.openFields(amount, price))) == .numberOutOfRange)
    }

    @Test(
        arguments: [
            (EventType.increased, [Field.amount: large, .price: "1"]),
            (.increased, [.amount: "1", .price: large]),
            (.increased, [.amount: "1e-38", .price: "1e-1"]),
            (.increased, [.amount: "1e-38", .price: "1"]),
            (.reduced, [.amount: "1e-38", .price: "1"]),
            (.reduced, [.amount: "0.5", .price: "1e-38"]),
            (.closed, [.price: large, .amount: "2", .dust: "rest"]),
            (.closed, [.price: "1", .dust: "1e-38"]),
            (.closed, [.price: "1", .amount: "1e-38"]),
            (.closed, [.price: "1", .feeCost: large, .feeCurrency: "BTC"]),
            (.closed, [.price: "2", .feeCost: large, .feeCurrency: "BTC"]),
            (.increased, [.amount: "1", .price: "1", .feeCost: large]),
            (.adjusted, [.kind: "fee", .cost: large]),
            (.adjusted, [.kind: "fee", .cost: "1e-38"]),
        ] as [(EventType, [Field: String])]
    )
    func `refuses the event and does not change the trade`(type: EventType, fields: [Field: String]) throws {
        // 10^38 − 1 of something that costs 1: neither another 10^38 nor a fraction of 38 digits fits beside it.
        let most = "99999999999999999999999999999999999999"
        var history = try TradeHistory(most, at: "1", [.feeCost: most])
        try history.adjust(most)
        #expect(try history.refusal(of: type, fields) == .numberOutOfRange)
        #expect(try history.refusal(of: .closed, [.price: "1"]) == nil)
    }

    @Test func `may be the percentage`() throws {
        let history = try TradeHistory("1e-19", at: "1e-19")
        #expect(try history.refusal(of: .closed, [.price: "1", .feeCost: "1e10"]) == .numberOutOfRange)
        #expect(try history.refusal(of: .closed, [.price: "1"]) == nil)
    }
}

/// The code of the rule that forbids an open; nil if it is allowed.
private func openRefusal(of body: EventBody) -> RejectionCode? {
    do throws(Rejection) {
        _ = try Trade(opening: body, sequence: 1)
        return nil
    } catch {
        return error.code
    }
}

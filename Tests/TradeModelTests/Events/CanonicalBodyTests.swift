import Testing
import TradeModel

@Suite struct `The canonical body of an event` {
    private static let open =
        #""type":"trade.opened","trade_id":"T","symbol":"A/B","order_type":"limit""#
    private static let time = #""occurred_at":"2024-07-01T00:10:00Z""#

    @Test(arguments: [
        (#"\#(time),"side":"buy","amount":1,"price":2"#, #"\#(time),"side":"long","amount":1,"price":2"#),
        (#"\#(time),"side":"sell","amount":1,"price":2"#, #"\#(time),"side":"short","amount":1,"price":2"#),
        (#"\#(time),"side":"buy","amount":1.0,"price":"2""#, #"\#(time),"price":20e-1,"side":"buy","amount":"1""#),
        (
            #"\#(time),"side":"buy","amount":1,"price":2"#,
            #""occurred_at":1719792600000,"price":2,"amount":1,"side":"buy""#
        ),
        (
            #"\#(time),"side":"buy","amount":1,"price":2"#,
            #""occurred_at":"2024-07-01T02:10:00.0000009+02:00","side":"buy","amount":1,"price":2"#
        ),
        (
            #"\#(time),"side":"buy","amount":1,"price":2,"fee":1"#,
            #"\#(time),"side":"buy","amount":1,"price":2,"fee":{"cost":"1.00"}"#
        ),
        (
            #"\#(time),"side":"buy","amount":1,"price":2,"fee":{"cost":1,"currency":"B","quote_cost":-0}"#,
            #"\#(time),"side":"buy","amount":1,"price":2,"fee":{"quote_cost":"0","currency":"\u0042","cost":1e0}"#
        ),
        (
            #"\#(time),"side":"buy","amount":1,"price":2"#,
            #"\#(time),"side":"buy","price":2,"amount":1,"event_id":"162e09d8-86bf-b541-a142-75200008fb87""#
        ),
        (
            #"\#(time),"side":"buy","amount":1,"price":2,"context":{"a": 1}"#,
            #"\#(time),"context":{"a": 1},"side":"buy","amount":1,"price":2"#
        ),
    ])
    func `is the same however the event was written`(one: String, other: String) throws {
        let first = try draft("{\(Self.open),\(one)}").body
        let second = try draft("{\(Self.open), \(other)}").body
        #expect(first == second)
        #expect(first.bytes == second.bytes)
        #expect(first.hashValue == second.hashValue)
    }

    @Test(arguments: [
        #""side":"sell","amount":1,"price":2"#, #""side":"buy","amount":2,"price":1"#,
        #""side":"buy","amount":1,"price":2,"fee":0"#, #""side":"buy","amount":1,"price":2,"fill_id":"""#,
        #""side":"buy","amount":1,"price":2,"quote":"B""#, #""side":"buy","amount":1,"price":2,"context":{}"#,
        #""side":"buy","amount":1,"price":2,"context":{ }"#, #""side":"buy","amount":1,"price":2,"correlation_id":"1""#,
        #""side":"buy","amount":1,"price":2.00000000000000000001"#,
    ])
    func `differs if the event differs`(members: String) throws {
        let plain = try draft(#"{\#(Self.open),\#(Self.time),"side":"buy","amount":1,"price":2}"#).body
        let other = try draft("{\(Self.open),\(Self.time),\(members)}").body
        #expect(plain != other)
        #expect(plain.bytes != other.bytes)
    }

    @Test func `has these bytes`() throws {
        let body = try event(
            .closed,
            [.amount: "-258", .price: "0", .feeCost: "0.01", .feeCurrency: "é", .dust: "rest", .context: "{}"],
            second: 1
        )
        let expected: [UInt8] =
            [4] + [0x40, 0x42, 0x0F, 0, 0, 0, 0, 0] + [1, UInt8(ascii: "T")]
            + [6, 3, 0x80, 2, 1] + [7, 1, 0] + [8, 2, 2, 1] + [9, 2, 0xC3, 0xA9] + [11, 4] + Array("rest".utf8)
            + [127, 2] + Array("{}".utf8)
        #expect(body.bytes == expected[...])
        #expect(try EventBody(validating: expected) == body)
    }

    @Test func `returns every field of every type`() throws {
        for type in EventType.sentByProducers {
            let body = try event(type, CompleteEvent.fields(of: type))
            #expect(body.type == type)
            #expect(body.subject == (type.isAboutScope ? "all" : "T"))
            #expect(Array(body.subjectBytes) == Array(body.subject.utf8))
            #expect(body.occurredAt == TradeHistory.openedAt)
            for field in Field.all {
                if field == type.subject { continue }
                let text = body.printed(field)
                #expect(text == CompleteEvent.fields(of: type)[field], "\(field) of \(type)")
                let isAlternative = type.rules.exactlyOne.dropFirst().contains(field)
                #expect((text != nil) == (type.allows(field) && !isAlternative))
            }
            #expect(body.fields.map { $0.0.number } == CompleteEvent.fields(of: type).keys.map(\.number).sorted())
            #expect(try EventBody(validating: body.bytes) == body)
        }
    }
}

/// An event with every field that its type can have, each with a canonical value; of fields that exclude each other it
/// has the first.
enum CompleteEvent {
    static func fields(of type: EventType) -> [Field: String] {
        let fields = (type.requiredFields + type.optionalFields).filter {
            !type.rules.exactlyOne.dropFirst().contains($0)
        }
        return Dictionary(uniqueKeysWithValues: fields.map { ($0, values[$0] ?? $0.example) })
    }

    /// Values that say more than the example of the field.
    private static let values: [Field: String] = [
        .correlationID: "c/1 é", .symbol: "BTC/USDT", .quote: "USDT", .side: "sell", .orderType: "limit",
        .amount: "1.000000000000000000001", .price: "60000.5", .feeCost: "-0.1", .feeCurrency: "BNB",
        .feeQuoteCost: "30", .dust: "0.001", .kind: "funding", .cost: "-12", .strategy: "Daily", .account: "main",
        .venue: "v", .exchangeOrderID: "😀", .fillID: "", .reason: "roi", .actor: "bot",
        .tag: "breakout", .orderID: "o-1", .decisionID: "d-1",
        .stopPrice: "60000", .timeInForce: "GTC", .reduceOnly: "true", .tradeID: "t-1", .currency: "USDT",
        .toAccount: "savings",
        .causationID: "00010203-0405-0607-0809-0a0b0c0d0e0f",
        .context: #"{"a":[1,{"é":"\u00e9"}], "b":null}"#,
    ]
}

import Testing
import TradeModel

@Suite struct `A line that is an event` {
    @Test func `gives what the producer sent`() throws {
        let id = "162e09d8-86bf-b541-a142-75200008fb87"
        let line = opened([
            "event_id": "\"\(id)\"", "correlation_id": #""c""#, "quote": #""USDT""#, "strategy": #""Daily""#,
            "account": #""a""#, "venue": #""v""#, "exchange_order_id": #""1/2 é""#, "fill_id": #""""#,
        ])
        let draft = try draft(line)
        #expect(draft.eventID?.description == id)
        let body = draft.body
        #expect(body.type == .opened)
        #expect(body.subject == "T1")
        #expect(body.occurredAt.microsecondsSince1970 == 1_719_792_600_000_000)
        #expect(body.text(.symbol) == "BTC/USDT")
        #expect(body.text(.side) == "buy")
        #expect(body.text(.orderType) == "market")
        #expect(body.decimal(.amount)?.description == "1.5")
        #expect(body.decimal(.price)?.description == "60000")
        #expect(body.text(.correlationID) == "c")
        #expect(body.text(.quote) == "USDT")
        #expect(body.text(.strategy) == "Daily")
        #expect(body.text(.account) == "a")
        #expect(body.text(.venue) == "v")
        #expect(body.text(.exchangeOrderID) == "1/2 é")
        #expect(body.text(.fillID) == "")
        #expect(body.decimal(.feeCost) == nil)
    }

    @Test(arguments: [
        ("0.1", "0.1"), (#""0.10""#, "0.1"), ("1e-10", "0.0000000001"), (#""1E-10""#, "0.0000000001"),
        ("0.123456789012345678901", "0.123456789012345678901"), ("123456789012345678901", "123456789012345678901"),
        ("-0", "0"), ("1.0", "1"), ("-12.500e1", "-125"), ("1e15", "1000000000000000"),
        (#""\u0031.5""#, "1.5"),
        ("1e-38", "0.00000000000000000000000000000000000001"),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ])
    func `has decimals by their text`(number: String, canonical: String) throws {
        #expect(try draft(opened(["price": number])).body.decimal(.price)?.description == canonical)
    }

    @Test(arguments: [
        ("buy", "buy"), ("sell", "sell"), ("long", "buy"), ("short", "sell"), (#"\u006cong"#, "buy"),
        ("BUY", "buy"), ("Sell", "sell"), ("Long", "buy"), ("sHORT", "sell"),
    ])
    func `has one of two sides`(word: String, side: String) throws {
        #expect(try draft(opened(["side": "\"\(word)\""])).body.text(.side) == side)
    }

    @Test(
        arguments: [
            (#""rest""#, "rest"), ("0", "0"), ("-0.0", "0"), ("0.10", "0.1"), (#""1e-3""#, "0.001"), ("null", nil),
        ] as [(String, String?)]
    )
    func `has dust as canonical text`(dust: String, text: String?) throws {
        let line = #"{"type":"trade.closed","trade_id":"1","occurred_at":1700000000000,"price":0,"dust":\#(dust)}"#
        #expect(try draft(line).body.text(.dust) == text)
    }

    @Test(arguments: ["funding", "interest", "fee", "rebate", "other"])
    func `has a kind of adjustment`(kind: String) throws {
        let body = try draft(adjusted(",\"kind\":\"\(kind)\",\"cost\":-1.5")).body
        #expect(body.text(.kind) == kind)
        #expect(body.decimal(.cost)?.description == "-1.5")
    }

    @Test(
        arguments: [
            ("-0.1", "-0.1", nil, nil), (#""2""#, "2", nil, nil), (#"{"cost":"2"}"#, "2", nil, nil),
            (#"{ "currency" : "BNB" , "cost" : 1e-3 }"#, "0.001", "BNB", nil),
            (#"{"quote_cost":-3,"cost":1,"currency":null}"#, "1", nil, "-3"),
            (#"{"\u0063ost":1,"currency":"\u00e9","quote_cost":"0.5"}"#, "1", "é", "0.5"),
            (#"{"cost":1,"currency":"BNB","rate":0.001}"#, "1", "BNB", nil),
            (#"{"rate":["x"],"cost":1}"#, "1", nil, nil),
        ] as [(String, String, String?, String?)]
    )
    func `has a fee in either form`(fee: String, cost: String, currency: String?, quoteCost: String?) throws {
        let body = try draft(opened(["fee": fee])).body
        #expect(body.decimal(.feeCost)?.description == cost)
        #expect(body.text(.feeCurrency) == currency)
        #expect(body.decimal(.feeQuoteCost)?.description == quoteCost)
    }

    @Test(
        arguments: [
            ("1000000000000", 1_000_000_000_000_000), ("1719792600000", 1_719_792_600_000_000),
            (#""1970-01-01T00:00:00Z""#, 0), ("253402300799999", 253_402_300_799_999_000),
            (#""2024-07-01T00:10:00Z""#, 1_719_792_600_000_000),
            (#""2024-07-01T02:10:00.1234567+02:00""#, 1_719_792_600_123_456),
        ] as [(String, Int64)]
    )
    func `has a time in either form`(time: String, microseconds: Int64) throws {
        #expect(try draft(opened(["occurred_at": time])).body.occurredAt.microsecondsSince1970 == microseconds)
    }

    @Test(arguments: [
        "{}", "{ }", "{\t\"b\" :\r[ 1.50 , 1e5, \"\\u0041\" ] , \"a\":{ } }", #"{"z":-0,"a":{"z":"\/"}}"#,
    ])
    func `keeps its context byte for byte`(context: String) throws {
        let line =
            " { \"context\" : \(context) , \"type\":\"trade.voided\",\"trade_id\":\"1\","
            + "\"occurred_at\":1700000000000 } "
        #expect(try draft(line).body.textBytes(.context).map(Array.init) == Array(context.utf8))
    }

    @Test func `is the same from a slice that does not begin at 0`() throws {
        let line = opened(["fee": #"{"cost":1,"currency":"BNB"}"#, "context": #"{"a":"b"}"#])
        let file = Array("{}\n\(line)\n".utf8)
        #expect(try EventJSON.decode(line: file[3..<file.count - 1]) == draft(line))
    }

    @Test func `has a body that does not depend on how it was written`() throws {
        let plain =
            #"{"type":"trade.opened","trade_id":"T","occurred_at":1700000001000,"symbol":"A/B","side":"buy","#
            + #""order_type":"x","amount":"1","price":"2"}"#
        let other =
            #"{"price":2.0,"amount":10e-1,"order_type":"\u0078","side":"long","symbol":"A\/B","#
            + #""occurred_at":"2023-11-14T23:13:21+01:00","trade_id":"T","\u0074ype":"trade.opened","#
            + #""quote":null,"reason":null,"fee":null,"event_id":null,"context":null}"#
        #expect(try draft(other) == draft(plain))
    }

    @Test func `may have the ledger's own fields, with any value`() throws {
        let line = annotated(#","sequence":"x","recorded_at":{"a":[]},"ledger_id":null"#)
        #expect(try draft(line) == draft(annotated("")))
    }
}

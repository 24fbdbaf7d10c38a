import Testing
import TradeModel

@Suite struct `A line that is not an event` {
    @Test func `of more than a mebibyte is too large, whatever its content`() throws {
        let start = annotated(#","context":{"a":""#).dropLast()
        let padding = String(repeating: "x", count: Limits.eventLineByteCountMax - start.utf8.count - 3)
        #expect(try draft(start + padding + "\"}}").body.subject == "T1")
        #expect(
            rejection(of: start + padding + "x\"}}")
                == Rejection(.eventTooLarge, "The line has 1048577 bytes, but an event has at most 1048576.")
        )
        #expect(rejection(of: [UInt8](repeating: 0, count: 1 << 20 + 1))?.code == .eventTooLarge)
    }

    @Test func `and as a ledger prints it is too large if its event is`() throws {
        let start = String(annotated(#","sequence":1,"context":{"a":""#).dropLast())
        let own = #""sequence":1,"#.utf8.count
        let padding = String(repeating: "x", count: Limits.eventLineByteCountMax - start.utf8.count - 3 + own)
        #expect(try draft(start + padding + "\"}}").body.subject == "T1")
        let more = String(repeating: "x", count: 200)
        let tooLong: String = start + padding + more + "\"}}"
        #expect(rejection(of: tooLong)?.code == .eventTooLarge)
        let most: String = annotated(#","sequence":1"#) + String(repeating: " ", count: Limits.printedLineByteCountMax)
        #expect(rejection(of: most)?.code == .eventTooLarge)
    }

    @Test(arguments: [
        (annotated(#","foo":1"#), #""foo" is not a field of trade.annotated"#),
        (annotated(#","foo":null"#), #""foo" is not a field of trade.annotated"#),
        (annotated(#","Type":1"#), #""Type" is not a field of trade.annotated"#),
        (annotated(#","fee_cost":1"#), #""fee_cost" is not a field of trade.annotated"#),
        (annotated(#","price":1"#), #""price" is not a field of trade.annotated"#),
        (annotated(#","fee":{}"#), #""fee" is not a field of trade.annotated"#),
        (opened(["reason": "1"]), #""reason" is not a field of trade.opened"#),
        (#"{"foo":1}"#, #""foo" is not a field of an event"#),
        (#"{"type":"x","foo":1}"#, #""foo" is not a field of an event"#),
        (
            annotated(",\"\(String(repeating: "é", count: 40))\":1"),
            "\"\(String(repeating: "é", count: 31))… is not a field of trade.annotated"
        ),
    ])
    func `has an unknown field`(line: String, fault: String) {
        #expect(rejection(of: line) == Rejection(.unknownField, "\(fault); what is your own goes into context."))
    }

    @Test(arguments: [
        opened(["fee": #"{"cost":1,"Rate":2}"#]), opened(["fee": #"{"Rate":2}"#, "foo": "1"]),
    ])
    func `has an unknown part of a fee`(line: String) {
        let message = #""Rate" within "fee" is not cost, currency, quote_cost or rate."#
        #expect(rejection(of: line) == Rejection(.unknownField, message))
    }

    @Test(arguments: [
        ("{}", #""type" is missing; every event must have it."#),
        (#"{"type":null}"#, #""type" is missing; every event must have it."#),
        (#"{"type":"x"}"#, #""occurred_at" is missing; every event must have it."#),
        (#"{"type":"trade.voided"}"#, #""trade_id" is missing; every trade event must have it."#),
        (#"{"type":"trade.voided","trade_id":""}"#, #""occurred_at" is missing; every event must have it."#),
        (opened(["symbol": "null"]), #""symbol" is missing; trade.opened must have it."#),
        (opened(["side": "null", "amount": "null"]), #""side" is missing; trade.opened must have it."#),
        (adjusted(#","kind":"fee""#), #""cost" is missing; trade.adjusted must have it."#),
        (opened(["fee": "{}"]), #""fee.cost" is missing; a fee that is an object must have it."#),
        (opened(["fee": #"{"rate":1}"#]), #""fee.cost" is missing; a fee that is an object must have it."#),
        (opened(["fee": #"{"cost":null}"#]), #""fee.cost" is missing; a fee that is an object must have it."#),
        (ordered(""), #""amount" and "quote_amount" are missing; the event must have one of them."#),
        (ordered(#","amount":null"#), #""amount" and "quote_amount" are missing; the event must have one of them."#),
    ])
    func `lacks a field`(line: String, message: String) {
        #expect(rejection(of: line) == Rejection(.missingField, message))
    }

    @Test(arguments: [
        (
            adjusted(#","kind":"staking","cost":1"#),
            #""kind" is "staking", but must be one of funding, interest, fee, rebate, other."#
        ),
        (
            #"{"type":"ordr.submitted","order_id":"1","occurred_at":1700000000000}"#,
            #""type" is "ordr.submitted", but must be a type of event such as trade.opened, order.submitted, "#
                + "decision.made, prediction.made, account.deposited, price.observed, strategy.registered, "
                + "risk.halted, alert.raised."
        ),
        (
            ordered(#","amount":1,"quote_amount":1"#),
            #"The event has "amount" and "quote_amount", but must have only one of them."#
        ),
        (
            ordered(#","amount":1,"reduce_only":"true""#),
            #""reduce_only" is "true", but must be true or false, without quotes."#
        ),
        (
            #"{"type":"account.transferred","account":"a","occurred_at":1700000000000,"amount":1,"#
                + #""currency":"USDT","to_account":"a"}"#,
            #""to_account" is a, which the event is about itself; name another one."#
        ),
        (
            #"{"type":"risk.halted","scope":"symbol:","occurred_at":1700000000000}"#,
            #""scope" is "symbol:", but must be all, strategy:NAME, symbol:NAME, account:NAME or venue:NAME."#
        ),
        (
            #"{"type":"risk.halted","scope":"all:1","occurred_at":1700000000000}"#,
            #""scope" is "all:1", but must be all, strategy:NAME, symbol:NAME, account:NAME or venue:NAME."#
        ),
    ])
    func `breaks a rule of its type`(line: String, message: String) {
        #expect(rejection(of: line) == Rejection(.invalidField, message))
    }

    @Test(arguments: [
        (
            #"{"type":"trade.open","trade_id":"1","occurred_at":1700000000000}"#,
            #""type" is "trade.open", but must be one of trade.opened, trade.increased, trade.reduced, "#
                + "trade.closed, trade.adjusted, trade.annotated, trade.voided."
        ),
        (opened(["trade_id": "17"]), #""trade_id" is 17, but must be a string."#),
        (opened(["trade_id": #""""#]), #""trade_id" has 0 bytes, but must have 1 to 128."#),
        (opened(["symbol": #""""#]), #""symbol" has 0 bytes, but must have 1 to 128."#),
        (opened(["strategy": "[1]"]), #""strategy" is [1], but must be a string."#),
        (opened(["side": #""bought""#]), #""side" is "bought", but must be buy, sell, long or short."#),
        (
            adjusted(#","kind":"tax","cost":1"#),
            #""kind" is "tax", but must be one of funding, interest, fee, rebate, other."#
        ),
        (opened(["amount": #""1,5""#]), #""amount" is "1,5", but must be a decimal such as "0.1" or 1e-7."#),
        (opened(["amount": #""""#]), #""amount" is "", but must be a decimal such as "0.1" or 1e-7."#),
        (opened(["amount": #"" 1""#]), #""amount" is " 1", but must be a decimal such as "0.1" or 1e-7."#),
        (opened(["amount": #""+1""#]), #""amount" is "+1", but must be a decimal such as "0.1" or 1e-7."#),
        (opened(["amount": "true"]), #""amount" is true, but must be a decimal, as a number or a string."#),
        (
            opened(["fee": "[]"]),
            #""fee" is [], but must be a decimal, as a number or a string, or an object with cost."#
        ),
        (opened(["fee": #"{"cost":{}}"#]), #""fee.cost" is {}, but must be a decimal, as a number or a string."#),
        (opened(["fee": #"{"cost":1,"currency":2}"#]), #""fee.currency" is 2, but must be a string."#),
        (
            opened(["event_id": #""1""#]),
            #""event_id" is "1", but must be a UUID such as 0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00."#
        ),
        (
            opened(["occurred_at": "1719792600000.5"]),
            #""occurred_at" is 1719792600000.5, but must be a time of the years 1970 to 9999 by RFC 3339, or whole "#
                + "milliseconds since 1970 from 2001 on."
        ),
        (annotated(#","context":[]"#), #""context" is [], but must be an object."#),
        (annotated(#","context":"{}""#), #""context" is "{}", but must be an object."#),
        (
            opened(["side": "\"\(String(repeating: "x", count: 100))\""]),
            "\"side\" is \"\(String(repeating: "x", count: 63))…, but must be buy, sell, long or short."
        ),
    ])
    func `has an invalid field`(line: String, message: String) {
        #expect(rejection(of: line) == Rejection(.invalidField, message))
    }

    @Test(arguments: ["-1", #""-0.5""#, #""some""#, #""REST""#, "{}", #""""#])
    func `has dust that is neither a quantity nor the rest`(dust: String) {
        let line = #"{"type":"trade.closed","trade_id":"1","occurred_at":1700000000000,"price":1,"dust":\#(dust)}"#
        let message = "\"dust\" is \(dust), but must be a decimal that is not negative, or \"rest\"."
        #expect(rejection(of: line) == Rejection(.invalidField, message))
    }

    @Test(arguments: [
        ("1719792600", "2024-07-01T00:10:00.000000Z"), ("1719792600.1234567", "2024-07-01T00:10:00.123456Z"),
        ("0", "1970-01-01T00:00:00.000000Z"), ("-0.5", "1969-12-31T23:59:59.500000Z"),
        ("1.7e9", "2023-11-14T22:13:20.000000Z"), ("999999999999", "33658-09-27T01:46:39.000000Z"),
        ("-999999999999.9", "-29719-04-05T22:13:20.100000Z"),
        ("1.00000000000000000000000000000000000001", "1970-01-01T00:00:01.000000Z"),
    ])
    func `has a time in seconds`(time: String, seconds: String) {
        let message =
            "\"occurred_at\" is \(time), which is too small for milliseconds since 1970; as seconds it would be "
            + "\(seconds). Send milliseconds, or RFC 3339."
        #expect(rejection(of: opened(["occurred_at": time])) == Rejection(.invalidField, message))
    }

    @Test(arguments: [
        "2024-07-01T00:10:00", "2024-07-01T00:10", "2024-07-01 00:10:00.5", #"2024-07-01\u005400:10:00"#,
    ])
    func `has a time without an offset`(time: String) {
        let message =
            "\"occurred_at\" is \"\(time)\", which lacks its offset from UTC; end it in Z for UTC, or in an offset "
            + "such as +02:00."
        #expect(rejection(of: opened(["occurred_at": "\"\(time)\""])) == Rejection(.invalidField, message))
    }

    @Test(arguments: [
        "1e3", "-1", "1.5", "253402300800000", #""1719792600000""#, #""2024-02-30T00:00:00Z""#,
        #""1969-12-31T23:59:59Z""#, "true", "{}",
    ])
    func `has an invalid time`(time: String) {
        #expect(rejection(of: opened(["occurred_at": time]))?.code == .invalidField)
    }

    @Test(arguments: [
        "1e39", "1e-39", "1e99999999999999999999", #""170141183460469231731687303715884105728""#,
        "0.123456789012345678901234567890123456789",
    ])
    func `has a number out of range`(number: String) {
        let message =
            "\"price\" is \(number), which does not fit a decimal: "
            + "a 128-bit coefficient and at most 38 fraction digits."
        #expect(rejection(of: opened(["price": number])) == Rejection(.numberOutOfRange, message))
    }

    @Test(arguments: [
        "trade_id", "symbol", "quote", "order_type", "strategy", "account", "venue", "exchange_order_id", "fill_id",
        "correlation_id", "fee.currency",
    ])
    func `has a text beyond its limit, which counts bytes without escapes`(name: String) {
        func line(_ text: String) -> String {
            name == "fee.currency"
                ? opened(["fee": "{\"cost\":1,\"currency\":\"\(text)\"}"]) : opened([name: "\"\(text)\""])
        }
        let full = String(repeating: #"\u00e9"#, count: 64)
        #expect(rejection(of: line(full)) == nil)
        let message = rejection(of: line(full + "x"))?.message
        #expect(message?.hasPrefix("\"\(name)\" has 129 bytes, but must have ") == true)
    }

    @Test(arguments: ["reason", "actor"])
    func `has a remark beyond its limit`(name: String) {
        let full = String(repeating: "x", count: 1024)
        #expect(rejection(of: annotated(",\"\(name)\":\"\(full)\"")) == nil)
        #expect(
            rejection(of: annotated(",\"\(name)\":\"\(full)x\""))
                == Rejection(.invalidField, "\"\(name)\" has 1025 bytes, but must have 0 to 1024.")
        )
    }

    @Test(arguments: [
        // Each line breaks every rule from its code on.
        (#"{"type":"x","side":1,"fee":1e99,"foo":1,"a":}"#, RejectionCode.invalidJSON),
        (#"{"type":"trade.opened","side":1,"price":1e99,"foo":1}"#, .unknownField),
        (#"{"price":1e99,"side":1,"reason":"x","type":"trade.opened"}"#, .unknownField),
        (#"{"type":"trade.opened","side":1,"price":1e99}"#, .missingField),
        (opened(["amount": "1e99", "price": "true"]), .invalidField),
        (opened(["amount": "1e99", "fee": "1e99"]), .numberOutOfRange),
    ])
    func `is refused by the first rule of its rank`(line: String, code: RejectionCode) {
        #expect(rejection(of: line)?.code == code)
    }

    @Test(arguments: [
        (#""price":"p","amount":"a""#, "price"), (#""amount":"a","price":"p""#, "amount"),
        (#""fee":"f","price":"p","amount":1"#, "fee"), (#""price":"p","fee":{"cost":"f"},"amount":1"#, "price"),
        (#""fee":{"currency":1,"cost":"f"},"price":"p","amount":1"#, "fee.currency"),
        (#""amount":1e99,"price":"p""#, "price"), (#""price":1e99,"amount":1e99"#, "price"),
    ])
    func `is refused for the first of several faults of a rank`(members: String, name: String) {
        let line = #"{\#(members),"type":"trade.increased","trade_id":"1","occurred_at":1700000000000}"#
        #expect(rejection(of: line)?.message.hasPrefix("\"\(name)\" is ") == true)
    }

    @Test func `is refused for a bad id before a bad type that follows it`() {
        let message = rejection(of: #"{"trade_id":1,"type":2,"occurred_at":1700000000003}"#)?.message
        #expect(message == #""trade_id" is 1, but must be a string."#)
    }
}

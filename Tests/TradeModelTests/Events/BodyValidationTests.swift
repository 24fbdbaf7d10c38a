import Testing
import TradeModel

/// The bytes of a body, assembled by hand so that they can be wrong.
private struct RawBody {
    var bytes: [UInt8]

    init(_ type: UInt8, occurredAt: Int64 = 0, tradeID: [UInt8] = [UInt8(ascii: "T")]) {
        bytes = [type]
        bytes.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: occurredAt >> ($0 * 8)) })
        bytes += [UInt8(truncatingIfNeeded: tradeID.count)] + tradeID
    }

    func text(_ tag: UInt8, _ value: [UInt8]) -> RawBody {
        adding([tag] + length(value.count) + value)
    }

    func text(_ tag: UInt8, _ value: String) -> RawBody { text(tag, Array(value.utf8)) }

    func context(_ value: String) -> RawBody { text(127, value) }

    private func length(_ count: Int) -> [UInt8] {
        guard count >= 255 else { return [UInt8(count)] }
        return [255] + (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
    }

    func decimal(_ tag: UInt8, _ scale: UInt8, _ magnitude: [UInt8]) -> RawBody {
        adding([tag, UInt8(1 + magnitude.count), scale] + magnitude)
    }

    func adding(_ more: [UInt8]) -> RawBody {
        var copy = self
        copy.bytes += more
        return copy
    }

    /// What is wrong with the bytes; nil if they are a body.
    var fault: String? {
        do throws(BodyFault) {
            _ = try EventBody(validating: bytes)
            return nil
        } catch {
            return error.message
        }
    }
}

@Suite struct `Bytes that are not a body` {
    private static let annotated = RawBody(6)
    private static let adjusted = RawBody(5).text(12, "fee")
    private static let reduced = RawBody(3).decimal(6, 0, [1]).decimal(7, 0, [2])
    private static let closed = RawBody(4).decimal(7, 0, [1])

    private static func opened(symbol: String = "A/B", side: String = "buy") -> RawBody {
        RawBody(1).text(2, symbol).text(4, side).text(5, "limit").decimal(6, 0, [1]).decimal(7, 0, [2])
    }

    @Test func `would be bodies without the one fault`() {
        for body in [
            Self.annotated, Self.adjusted.decimal(13, 0, [1]), Self.reduced, Self.closed, Self.opened(),
            Self.opened(side: "sell"), Self.closed.text(11, "0"), Self.closed.text(11, "rest"),
            Self.reduced.decimal(8, 0, []).text(9, "").decimal(10, 0, [1]), Self.annotated.context("{}"),
        ] {
            #expect(body.fault == nil)
        }
    }

    @Test(arguments: [UInt8.min, 9, 255])
    func `have an unknown type`(type: UInt8) {
        #expect(RawBody(type).fault == "unknown event type")
    }

    @Test(arguments: [-1, Int64.min, Int64.max, 253_402_300_800_000_000])
    func `have a time out of range`(microseconds: Int64) {
        #expect(RawBody(6, occurredAt: microseconds).fault == "occurred_at is \(microseconds) microseconds")
        #expect(RawBody(6, occurredAt: 253_402_300_799_999_999).fault == nil)
    }

    @Test func `have no trade id, or one that is too long`() {
        #expect(RawBody(6, tradeID: []).fault == "a trade_id of 0 bytes")
        #expect(RawBody(6, tradeID: [UInt8](repeating: 97, count: 128)).fault == nil)
        #expect(RawBody(6, tradeID: [UInt8](repeating: 97, count: 129)).fault == "a trade_id of 129 bytes")
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0x61, 0xF0, 0x9F, 0x98],
        ] as [[UInt8]]
    )
    func `have text that is not UTF-8`(text: [UInt8]) {
        #expect(RawBody(6, tradeID: text).fault == "trade_id is not UTF-8")
        #expect(Self.annotated.text(22, text).fault == "reason is not UTF-8")
        #expect(Self.annotated.context("{\"").adding(text).fault != nil)
    }

    @Test func `have U+0000 in a text`() {
        #expect(RawBody(6, tradeID: [97, 0]).fault == "trade_id holds U+0000")
        #expect(Self.annotated.text(22, "a\0b").fault == "reason holds U+0000")
    }

    @Test(arguments: [
        // A field number that is unknown, not allowed for the type, out of order, or repeated.
        (annotated.adding([0]), "field 0 after field 0 in trade.annotated"),
        (annotated.adding([19]), "field 19 after field 0 in trade.annotated"),
        (annotated.text(2, "A/B"), "field 2 after field 0 in trade.annotated"),
        (annotated.text(23, "x").text(22, "x"), "field 22 after field 23 in trade.annotated"),
        (annotated.text(22, "x").text(22, "x"), "field 22 after field 22 in trade.annotated"),
        (reduced.text(11, "rest"), "field 11 after field 7 in trade.reduced"),
        // A field that is missing.
        (RawBody(1), "trade.opened without symbol, side, order_type, amount, price"),
        (RawBody(3).decimal(6, 0, [1]), "trade.reduced without price"), (RawBody(4), "trade.closed without price"),
        (adjusted, "trade.adjusted without cost"),
        (reduced.text(9, "BNB"), "a fee without its cost"), (reduced.decimal(10, 0, [1]), "a fee without its cost"),
        // A length that is not canonical, or a value of another length.
        (annotated.adding([22, 255, 254, 0, 0, 0]), "reason has a long length of 254 bytes"),
        (annotated.text(24, "fifteen bytes.."), "causation_id is not a UUID"),
        // A text that its field cannot have.
        (opened(symbol: ""), "symbol of 0 bytes"), (opened(side: "long"), "no value of side"),
        (opened(side: ""), "no value of side"), (RawBody(5).text(12, "tax").decimal(13, 0, [1]), "no value of kind"),
        (closed.text(11, "all"), "no value of dust"), (closed.text(11, "1.0"), "no value of dust"),
        (closed.text(11, "-1"), "no value of dust"), (closed.text(11, "1e2"), "no value of dust"),
        (closed.text(11, "-0"), "no value of dust"), (closed.text(11, ""), "no value of dust"),
    ])
    fileprivate func `have a field in the wrong place`(body: RawBody, fault: String) {
        #expect(body.fault == fault)
    }

    @Test(
        arguments: [
            (1, [10]), (39, [1]), (2, [0x64]), (0, [1, 0]), (0, [0]), (0x80, []), (1, []), (127, [1]), (0x81, [10]),
            (0, [UInt8](repeating: 0xFF, count: 16)), (0, [UInt8](repeating: 1, count: 17)),
            (0x80, [UInt8](repeating: 0, count: 15) + [0x80]),
        ] as [(UInt8, [UInt8])]
    )
    func `have a decimal that is not canonical`(scale: UInt8, magnitude: [UInt8]) {
        #expect(Self.adjusted.decimal(13, scale, magnitude).fault == "cost is not a canonical decimal")
    }

    @Test(
        arguments: [
            (0, []), (38, [1]), (0x80, [1]), (0xA6, [1]), (0, [10]), (0, [UInt8](repeating: 0xFF, count: 15) + [0x7F]),
        ] as [(UInt8, [UInt8])]
    )
    func `differ from those with a decimal that is canonical`(scale: UInt8, magnitude: [UInt8]) {
        #expect(Self.adjusted.decimal(13, scale, magnitude).fault == nil)
    }

    @Test func `have a text beyond its limit`() {
        let text = String(repeating: "é", count: 64)
        #expect(Self.annotated.text(1, text).fault == nil)
        #expect(Self.annotated.text(1, text + "x").fault == "correlation_id of 129 bytes")
        let remark = String(repeating: "x", count: 1024)
        #expect(Self.annotated.text(22, remark).fault == nil)
        #expect(Self.annotated.text(22, remark + "x").fault == "reason of 1025 bytes")
    }

    @Test(arguments: [
        "", "[]", "null", "{", "}", "{} ", " {}", "{}{}", #"{"a":1,"a":2}"#, #"{"a":"\u0000"}"#, #"{"a":"\ud800"}"#,
        "{\"a\":\n1}", "{\"a\":\"\0\"}", "{\u{FEFF}}",
    ])
    func `have a context that is not one object`(context: String) throws {
        let fault = try #require(Self.annotated.context(context).fault)
        #expect(fault.hasPrefix("context is not a JSON object: "))
    }

    @Test func `have a context that no event can have`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "{\"a\":", count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        }
        #expect(Self.annotated.context(nested(63)).fault == nil)
        #expect(Self.annotated.context(nested(64)).fault != nil)
        let long = #"{"a":"\#(String(repeating: "x", count: Limits.eventLineByteCountMax))"}"#
        #expect(Self.annotated.context(long).fault?.hasPrefix("a body of ") == true)
    }
}

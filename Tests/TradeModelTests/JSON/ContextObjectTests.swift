import Testing
import TradeModel

@Suite struct `A stored context` {
    @Test func `gives the value of each name`() throws {
        let bytes = Array(#"x{ "a" : "\u00e9\n" ,"\u0062":1.50,"c":[ 1 ],"d":{"e":{}},"f":true,"g":null }x"#.utf8)
        let context = try #require(ContextObject(bytes[1..<bytes.count - 1]))
        let values = try ["a", "b", "c", "d", "f", "g"].map { try #require(context[$0]) }
        #expect(values.map(\.kind) == [.string, .number, .array, .object, .bool, .null])
        #expect(
            values.map { String(decoding: $0.raw, as: UTF8.self) }
                == [#""\u00e9\n""#, "1.50", "[ 1 ]", #"{"e":{}}"#, "true", "null"]
        )
        let strings = values.map { $0.string.map { String(decoding: $0, as: UTF8.self) } }
        #expect(strings == ["é\n", nil, nil, nil, nil, nil])
        #expect(context["e"] == nil && context["A"] == nil && context[""] == nil)
    }

    @Test func `may be empty`() throws {
        #expect(try #require(ContextObject(Array("{}".utf8)[...]))["a"] == nil)
    }

    @Test(arguments: ["", "[]", "{", "{} ,", #"{"a":1,"a":2}"#])
    func `is refused if it is not one object`(text: String) {
        #expect(ContextObject(Array(text.utf8)[...]) == nil)
    }
}

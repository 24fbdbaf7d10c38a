import Testing
import TradeModel

@Suite struct `A stored context` {
    @Test func `gives its members in their order with what they are`() throws {
        let bytes = Array(#"x{ "a" : "\u00e9\n" ,"\u0062":1.50,"c":[ 1 ],"d":{"e":{}},"f":true,"g":null }x"#.utf8)
        let context = try #require(ContextObject(bytes[1..<bytes.count - 1]))
        #expect(context.members.map { String(decoding: $0.key, as: UTF8.self) } == ["a", "b", "c", "d", "f", "g"])
        #expect(context.members.map(\.kind) == [.string, .number, .array, .object, .bool, .null])
        #expect(
            context.members.map { String(decoding: $0.raw, as: UTF8.self) }
                == [#""\u00e9\n""#, "1.50", "[ 1 ]", #"{"e":{}}"#, "true", "null"]
        )
        let strings = context.members.map { $0.string.map { String(decoding: $0, as: UTF8.self) } }
        #expect(strings == ["é\n", nil, nil, nil, nil, nil])
    }

    @Test func `may be empty`() throws {
        #expect(try #require(ContextObject(Array("{}".utf8)[...])).members.isEmpty)
    }

    @Test(arguments: ["", "[]", "{", "{} ,", #"{"a":1,"a":2}"#])
    func `is nothing where it is not one object`(text: String) {
        let context = ContextObject(Array(text.utf8)[...])
        #expect(context == nil)
    }
}

import Testing

@testable import TradeModel

@Suite struct `A stored context` {
    @Test func `gives the value of each name`() throws {
        let bytes = Array(#"x{ "a" : "\u00e9\n" ,"\u0062":1.50,"c":[ 1 ],"d":{"e":{}},"f":true,"g":null }x"#.utf8)
        var context = ContextObject()
        let isObject = context.merge(bytes[1..<bytes.count - 1])
        #expect(isObject)
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

    @Test func `may be empty`() {
        var context = ContextObject()
        let isObject = context.merge(Array("{}".utf8)[...])
        #expect(isObject && context["a"] == nil && !context.isEmpty)
        #expect(context.json { _ in true } == Array("{}".utf8))
    }

    @Test(arguments: ["", "[]", "{", "{} ,", #"{"a":1,"a":2}"#])
    func `is refused if it is not one object`(text: String) {
        var context = ContextObject()
        let isObject = context.merge(Array(text.utf8)[...])
        #expect(!isObject && context.isEmpty)
    }

    /// Twenty contexts are more than it keeps as they came.
    @Test func `has the value of the latest one, at the place of the first`() {
        var context = ContextObject()
        for number in 1...20 {
            context.merge(Array(#"{"\u0061\"":\#(number),"only \#(number)":[ ]}"#.utf8)[...])
        }
        context.merge(Array(#"{"b":1e999999,"a\"":"last"}"#.utf8)[...])
        let others = (1...20).map { #","only \#($0)":[ ]"# }.joined()
        let expected = #"{"a\"":"last"\#(others),"b":null}"#
        #expect(String(decoding: context.json { $0 != Array("1e999999".utf8)[...] }, as: UTF8.self) == expected)
        #expect(context[#"a""#]?.raw == Array(#""last""#.utf8)[...] && context["only 20"]?.kind == .array)
    }

    /// A space in front makes an object one that only the complete reader takes.
    @Test(
        arguments: [
            "{}", #"{"a":1}"#, #"{ "a" : -1.5e+3 , "b":true,"c":false,"d":null }"#,
            #"{"a":{"b":{"c":[1,{"a":2},[]]}},"d":{},"e":[],"f":"g"}"#, #"{"a":"\u0041\n","b":"é","c":[[["\\"]]]}"#,
        ]
    )
    func `are read alike by the pass over usual objects and by the complete reader`(text: String) throws {
        struct Member: Equatable {
            let name, value: Range<Int>
            let kind: JSONValue.Kind
            let hasEscapes: Bool

            init(_ member: JSONMember, movedBy count: Int) {
                let (key, value) = (member.key.moved(by: count), member.value.moved(by: count))
                (name, self.value, kind, hasEscapes) = (key.range, value.range, value.kind, value.hasEscapes)
            }
        }
        let (bare, spaced) = (Array(text.utf8), Array(" \(text)".utf8))
        let members = JSONScanner.usualMembers(of: bare.span)
        let usual = try #require(members)
        let isSpacedUsual = JSONScanner.usualMembers(of: spaced.span) != nil
        let complete = try JSONScanner.members(of: spaced.span)
        #expect(!isSpacedUsual)
        #expect(usual.map { Member($0, movedBy: 1) } == complete.map { Member($0, movedBy: 0) })
    }
}

import LedgerTestSupport
import Testing

@Suite struct `The strict readers of an attack` {
    @Test(arguments: [
        #"{"a":"1","b":[1,-0.5e+3,true,false,null,{}],"c":"\u00e9\ud83d\ude00\n"}"#, #"  "x"  "#, "0", "[]",
    ])
    func `accept JSON`(text: String) throws {
        _ = try StrictJSON.value(of: Array(text.utf8))
    }

    @Test func `return the values`() throws {
        let value = try StrictJSON.value(of: Array(#"{"n":17,"s":"a\"\u0041\ud83d\ude00"}"#.utf8))
        #expect(value["n"]?.integer == 17)
        #expect(value["s"]?.text == "a\"A😀")
        #expect(value["none"] == nil)
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, "{\"a\":\"\u{1}\"}", #"{"a":1}x"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#,
        #"{"a":"\ud800"}"#, #"{"a":"\udc00"}"#, #"{"a":"\x"}"#, #"{"a":NaN}"#, #"{"a":1,}"#, #"{'a':1}"#, "", "[1 2]",
        #"{"a":"x"#, #"{"a":"\u12"}"#, #"{"a":"\u+123"}"#, #"{"a" 1}"#,
    ])
    func `refuse what is not JSON`(text: String) {
        #expect(throws: StrictJSON.Malformed.self) { try StrictJSON.value(of: Array(text.utf8)) }
    }

    @Test func `refuse bytes that are not UTF-8`() {
        #expect(throws: StrictJSON.Malformed.self) { try StrictJSON.value(of: [0x22, 0xFF, 0x22]) }
        #expect(throws: StrictCSV.Malformed.self) { try StrictCSV.records(of: [0xC0, 0x80, 0x0A]) }
        #expect(throws: TerminalText.Dangerous.self) { try TerminalText.check([0x80]) }
    }

    @Test func `accept CSV`() throws {
        let records = try StrictCSV.records(of: Array("a,b\n\"x,\"\"y\"\"\n\",\r\n,\n".utf8))
        #expect(records == [["a", "b"], ["x,\"y\"\n", ""], ["", ""]])
    }

    @Test(arguments: ["a,b\nc\n", "a\"b\n", "\"a\n", "\"a\"b\n", "a", "a\rb\n"])
    func `refuse what is not CSV`(text: String) {
        #expect(throws: StrictCSV.Malformed.self) { try StrictCSV.records(of: Array(text.utf8)) }
    }

    @Test(arguments: ["\u{1B}[31m", "\u{7}", "a\rb", "\t", "\u{7F}", "\u{9B}", "\u{202E}", "\u{200B}", "\u{2028}"])
    func `refuse characters that control a terminal`(text: String) {
        #expect(throws: TerminalText.Dangerous.self) { try TerminalText.check(Array(text.utf8)) }
    }

    @Test func `accept characters that a terminal only shows`() throws {
        try TerminalText.check(Array("日本/円  é 😀 –\n".utf8))
    }
}

import Testing
import TradeModel

@Suite struct `The syntax of a line` {
    @Test(arguments: [
        ("", 1, "expected an object"),
        ("   ", 4, "expected an object"),
        ("[]", 1, "expected an object"),
        ("\u{FEFF}{}", 1, "expected an object"),
        ("{", 2, "expected a name in quotes"),
        ("{,}", 2, "expected a name in quotes"),
        (#"{"a":1,}"#, 8, "expected a name in quotes"),
        ("{'a':1}", 2, "expected a name in quotes"),
        ("{a:1}", 2, "expected a name in quotes"),
        (#"{"a" 1}"#, 6, "expected ':' after a name"),
        (#"{"a":}"#, 6, "expected a value"),
        (#"{"a":"#, 6, "expected a value"),
        (#"{"a":1 "b":2}"#, 8, "expected ',' or '}'"),
        (#"{"a":1"#, 7, "expected ',' or '}'"),
        (#"{"a":[1 2]}"#, 9, "expected ',' or ']'"),
        (#"{"a":[1,]}"#, 9, "expected a value"),
        (#"{"a":[1}"#, 8, "expected ',' or ']'"),
        (#"{} {}"#, 4, "expected the end of the line after the object"),
        (#"{}x"#, 3, "expected the end of the line after the object"),
        (#"{"a":tru}"#, 6, "expected true"),
        (#"{"a":fals"#, 6, "expected false"),
        (#"{"a":nulL}"#, 6, "expected null"),
        (#"{"a":NaN}"#, 6, "expected a value"),
        (#"{"a":Infinity}"#, 6, "expected a value"),
        (#"{"a":+1}"#, 6, "expected a value"),
        (#"{"a":.5}"#, 6, "expected a value"),
        (#"{"a":-}"#, 7, "expected a digit"),
        (#"{"a":1.}"#, 8, "expected a digit"),
        (#"{"a":1e}"#, 8, "expected a digit"),
        (#"{"a":1e+-2}"#, 9, "expected a digit"),
        (#"{"a":01}"#, 7, "expected ',' or '}'"),
        (#"{"a":0x1}"#, 7, "expected ',' or '}'"),
        (#"{"a":1/*b*/}"#, 7, "expected ',' or '}'"),
        ("{\n}", 2, "a line feed within the line"),
        ("{}\n", 3, "a line feed within the line"),
        ("{\u{0B}}", 2, "expected a name in quotes"),
        (#"{"a":"b}"#, 6, "a string without a closing quote"),
        (#"{"a":"\"#, 7, "an escape that is cut off"),
        (#"{"a":"\x41"}"#, 7, "an unknown escape"),
        (#"{"a":"\u12G4"}"#, 7, #"expected four hexadecimal digits after \u"#),
        (#"{"a":"\u12"#, 7, #"expected four hexadecimal digits after \u"#),
        (#"{"a":"\u0000"}"#, 7, "U+0000, which the ledger does not hold"),
        (#"{"a\u0000":1}"#, 4, "U+0000, which the ledger does not hold"),
        (#"{"a":"\uD83D"}"#, 7, "half of a surrogate pair"),
        (#"{"a":"\uD83Dx"}"#, 7, "half of a surrogate pair"),
        (#"{"a":"\uD83D\n"}"#, 7, "half of a surrogate pair"),
        (#"{"a":"\uD83D\uD83D"}"#, 7, "half of a surrogate pair"),
        (#"{"a":"\uDE00"}"#, 7, "half of a surrogate pair"),
        ("{\"a\":\"b\tc\"}", 8, "a control character within a string; write it as an escape"),
        ("{\"a\":\"\u{0}\"}", 7, "a control character within a string; write it as an escape"),
        (#"{"a":1,"a":2}"#, 8, "a name for the second time in one object"),
        (#"{"a":1,"\u0061":2}"#, 8, "a name for the second time in one object"),
        (#"{"😀":1,"\ud83d\uDE00":2}"#, 11, "a name for the second time in one object"),
        (#"{"a":[{"b":{"c":1,"d":2,"c":3}}]}"#, 25, "a name for the second time in one object"),
    ])
    func `is refused at its first fault`(line: String, byte: Int, fault: String) {
        #expect(rejection(of: line) == Rejection(.invalidJSON, "Invalid JSON at byte \(byte): \(fault)."))
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]]
    )
    func `is refused if it is not UTF-8`(bytes: [UInt8]) {
        let line = Array(#"{"a":"x"#.utf8) + bytes + Array(#""}"#.utf8)
        #expect(rejection(of: line) == Rejection(.invalidJSON, "Invalid JSON at byte 8: not UTF-8."))
    }

    @Test func `is refused if the end of the line cuts off a character`() {
        let line = Array(#"{"a":""#.utf8) + [0xF0, 0x9F]
        #expect(rejection(of: line)?.message == "Invalid JSON at byte 7: not UTF-8.")
    }

    @Test(arguments: [
        "{}", "{ }", #"{"a":1}"#, "{\t\"a\" :\r1 , \"b\": [ ] }", #"{"":""}"#,
        #"{"a":[true,false,null,[],{},-0,0.5,-1E+9,1e-9,12345678901234567890123]}"#,
        #"{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"}"#, "{\"a\":\"é€😀\u{10FFFF}\u{FFFE}\u{7F}\"}",
        #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#, #"{"a":1,"A":2,"a ":3}"#, #"{"a\\":1,"a\/":2,"a/b":3}"#,
    ])
    func `follows RFC 8259`(context: String) throws {
        let body = try draft(annotated(",\"context\":\(context)")).body
        #expect(body.text(.context) == context)
    }

    @Test func `nests 64 deep and not 65`() throws {
        func context(arrays: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays) + "}"
        }
        // The event and its context are the outer two.
        let deep = context(arrays: 62)
        #expect(try draft(annotated(",\"context\":\(deep)")).body.text(.context) == deep)
        let tooDeep = rejection(of: #"{"a":"# + context(arrays: 63) + "}")
        #expect(tooDeep?.message == "Invalid JSON at byte 73: objects and arrays are nested more than 64 deep.")
        let unclosed = rejection(of: #"{"a":"# + String(repeating: "[", count: 500_000))
        #expect(unclosed?.message == "Invalid JSON at byte 69: objects and arrays are nested more than 64 deep.")
    }

    @Test(arguments: [2, 16, 17, 100, 5000])
    func `finds the one repeated name among many`(nameCount: Int) throws {
        var names = (1...nameCount).map { "\"n\($0)\":0" }
        let context = "{" + names.joined(separator: ",") + "}"
        #expect(try draft(annotated(",\"context\":\(context)")).body.text(.context) == context)
        names[nameCount - 1] = #""\u006e1":0"#
        let repeated = "{" + names.joined(separator: ",") + "}"
        let byte = repeated.utf8.count - #""\u006e1":0}"#.utf8.count + 1
        #expect(
            rejection(of: repeated)?.message
                == "Invalid JSON at byte \(byte): a name for the second time in one object."
        )
    }
}

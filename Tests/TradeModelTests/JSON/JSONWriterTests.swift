import Testing
import TradeModel

@Suite struct `Written JSON` {
    @Test func `has its commas where they belong`() throws {
        var json = JSONWriter(after: Array("x\n".utf8))
        json.beginObject()
        json.key("s")
        json.value("a\"b")
        json.key("n")
        json.value(UInt64.max)
        json.key("d")
        json.value(try Decimal("-1.50"))
        json.key("t")
        json.value(Timestamp(microsecondsSince1970: 1))
        json.key("i")
        json.value(EventID(high: 1, low: 2))
        json.key("a")
        json.beginArray()
        json.value(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.beginArray()
        json.endArray()
        json.endArray()
        json.key("j")
        json.value(json: "{ }".utf8)
        json.endObject()
        json.endLine()
        json.value(false)
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == "x\n" + #"{"s":"a\"b","n":18446744073709551615,"d":"-1.5","t":"1970-01-01T00:00:00.000001Z","#
                + #""i":"00000000-0000-0001-0000-000000000002","a":[true,null,{},[]],"j":{ }}"# + "\nfalse"
        )
    }

    @Test(arguments: [
        ("", ""), ("/é😀\u{7F}", "/é😀\u{7F}"), ("\"\\", #"\"\\"#), ("\n\r\t", #"\n\r\t"#),
        ("\u{0}\u{8}\u{1F}", #"\u0000\b\u001f"#),
    ])
    func `escapes no more than it must`(string: String, escaped: String) {
        var json = JSONWriter()
        json.value(string)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\(escaped)\"")
    }
}

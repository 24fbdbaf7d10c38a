import LedgerTestSupport
import Testing

@testable import TradeModel

@Suite struct `A usual JSON object` {
    @Test(arguments: [
        "{}", "{ }", #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"":""}"#,
        #"{"a":[true,false,null,[],{},-0,0.5,-1E+9,1e-9,12345678901234567890123]}"#,
        #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#,
        #"{"bull_confidence":0.7,"bear_confidence":0.3,"a name of many bytes":1,"a name of more bytes":2}"#,
    ])
    func `is recognised`(text: String) { #expect(isUsual(text)) }

    /// Some of these are JSON objects: the complete check decides about them.
    @Test(arguments: [
        "", "{", "}", "[]", "{}x", " {}", "{} ", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"#,
        #"{"a":01}"#, #"{"a":1.}"#, #"{"a":-}"#, #"{"a":1e}"#, #"{"a":+1}"#, #"{"a":tru}"#, #"{"a":[1,]}"#,
        #"{"a":[1 2]}"#, "{\"a\":\"\u{1}\"}", #"{"é":1}"#, #"{"\u0061":1}"#, #"{"a":1,"a":2}"#,
        #"{"a":{"b":1,"b":2}}"#, #"{"a name of many bytes":1,"a name of many bytes":2}"#,
    ])
    func `is nothing else`(text: String) { #expect(!isUsual(text)) }

    @Test func `may have some names, in all objects that are open, and no more`() {
        func object(_ nameCount: Int) -> String {
            "{" + (0..<nameCount).map { #""name \#($0)":1"# }.joined(separator: ",") + "}"
        }
        #expect(isUsual(object(64)))
        #expect(!isUsual(object(65)))
        #expect(isUsual(#"{"a":\#(object(63)),"b":\#(object(62))}"#))
    }

    /// The scanner is the definition.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `is one for the scanner too, however a text is changed`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]:,"\ -+.eE0129truefalsnbd"#.utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3]
        let original = Array(
            #"{"regime":"trending","bull":0.53,"votes":{"bull":-1e5,"bear":[0.1,true,null]},"b":{},"rsi": 7}"#.utf8
        )
        var usualCount = 0
        for _ in 0..<20_000 {
            var text = original
            for _ in 0...random.next(below: 3) {
                let place = Int(random.next(below: UInt64(text.count)))
                let byte = alphabet[Int(random.next(below: UInt64(alphabet.count)))]
                switch random.next(below: 4) {
                case 0: text[place] = byte
                case 1: text.insert(byte, at: place)
                case 2: text.remove(at: place)
                default: text.insert(contentsOf: text.prefix(place), at: place)
                }
            }
            guard JSONScanner.isUsualObject(text.span, outerNesting: 0) else { continue }
            usualCount += 1
            do { _ = try JSONScanner.members(of: text.span) } catch {
                Issue.record("\(String(decoding: text, as: UTF8.self)): \(error.message)")
            }
        }
        #expect(usualCount > 1000)
    }

    private func isUsual(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return JSONScanner.isUsualObject(bytes.span, outerNesting: 0)
    }
}

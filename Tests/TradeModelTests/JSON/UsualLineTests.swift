import Foundation
import LedgerTestSupport
import Testing
import TradeModel

/// A line is read in one pass if it is usual; every line is read thoroughly if it is not.
@Suite struct `The decoder of usual lines` {
    @Test(arguments: [17, 18, 19] as [UInt64])
    func `gives up on a random line, or gives the draft of the thorough decoder`(seed: UInt64) throws {
        print("seed \(seed)")
        var lines = RandomLine(seed: seed)
        var events = EventGenerator(seed: seed)
        var usualCount = 0
        for _ in 0..<4000 {
            for line in [lines.next(), Array(events.nextLine().utf8)] {
                if try checkAgreement(line) { usualCount += 1 }
                if try checkAgreement(lines.mutated(line)) { usualCount += 1 }
            }
        }
        #expect(usualCount > 6500)
    }

    @Test func `gives up on a line with one byte changed, or gives the draft of the thorough decoder`() throws {
        for line in try Self.lines(of: "trades").prefix(2) {
            var changed = line
            for index in line.indices {
                for byte in UInt8.min...UInt8.max {
                    changed[index] = byte
                    _ = try checkAgreement(changed)
                }
                changed[index] = line[index]
            }
            for byteCount in line.indices { #expect(try !checkAgreement(Array(line[..<byteCount]))) }
        }
    }

    @Test(arguments: ["trades", "bots/momentum", "bots/grid", "bots/python"])
    func `reads nearly all lines that bots send`(file: String) throws {
        let lines = try Self.lines(of: file)
        let usualCount = try lines.count { try checkAgreement($0) }
        #expect(lines.count > 30 && usualCount * 100 >= lines.count * 94)
    }

    @Test func `reads 95 of 100 lines that bots send`() throws {
        let lines = try ["trades", "bots/momentum", "bots/grid", "bots/python"].flatMap { try Self.lines(of: $0) }
        #expect(lines.count { EventJSON.decodeUsual(line: $0[...]) != nil } * 100 >= lines.count * 95)
    }

    @Test func `gives up on what a bot gets wrong`() throws {
        for line in try Self.lines(of: "bots/python-refused") {
            #expect(EventJSON.decodeUsual(line: line[...]) == nil)
            #expect(rejection(of: line) != nil, "\(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test(
        arguments: [
            (annotated(#","reason":null,"actor":"é""#), true), (annotated(#","context":{"a":"\u2019"}"#), true),
            (annotated(#","reason":"\u2019""#), false), (annotated(#","reason":null,"reason":null"#), false),
            (annotated(#","\u0061ctor":"a""#), false), (annotated(#","sequence":1"#), false),
            (annotated(#","price":null"#), true), (annotated(#","price":1"#), false),
            (annotated(#","context":{"a":1,"a":1}"#), false), (annotated(#","context":{"a":{"a":1}}"#), true),
            (adjusted(#","kind":"other","cost":9999999999999999999"#), true),
            (adjusted(#","kind":"other","cost":12345678901234567890"#), true),
            (adjusted(#","kind":"other","cost":"-0.00000000001234567890123456789000""#), true),
            (adjusted(#","kind":"other","cost":170141183460469231731687303715884105728"#), false),
            (adjusted(#","kind":"rebate","cost":1e-7"#), true), (adjusted(#","kind":"buy","cost":1"#), false),
            (opened(["side": #""long""#]), false), (opened(["fee": #"{"cost":1,"rate":{}}"#]), false),
            (opened(["fee": #"{"currency":"BNB","rate":null,"cost":"1"}"#]), true), (opened() + " \r\t", true),
            (opened(["fee": #"{"currency":"BNB"}"#]), false), (opened() + "\n", false),
        ]
    )
    func `reads the usual, and gives up on the unusual`(line: String, isUsual: Bool) throws {
        #expect(try checkAgreement(Array(line.utf8)) == isUsual)
    }

    @Test func `has the limits of the thorough decoder`() throws {
        for byteCount in [127, 128, 129] {
            let text = String(repeating: "x", count: byteCount)
            #expect(try checkAgreement(Array(opened(["symbol": "\"\(text)\""]).utf8)) == (byteCount <= 128))
        }
        for nesting in [61, 62, 63] {
            let arrays = String(repeating: "[", count: nesting) + String(repeating: "]", count: nesting)
            #expect(try checkAgreement(Array(annotated(",\"context\":{\"a\":\(arrays)}").utf8)) == (nesting <= 62))
        }
        for nameCount in [63, 64, 65, 300] {
            let names = (0..<nameCount).map { "\"the name \($0) of a signal\":[\($0)]" }.joined(separator: ",")
            #expect(try checkAgreement(Array(annotated(",\"context\":{\(names)}").utf8)) == (nameCount <= 64))
        }
        let shortest = annotated(#","context":{"a":""}"#).utf8.count
        for byteCount in [Limits.eventLineByteCountMax - 1, Limits.eventLineByteCountMax] + [(1 << 20) + 1] {
            let text = String(repeating: "x", count: byteCount - shortest)
            let line = Array(annotated(#","context":{"a":"\#(text)"}"#).utf8)
            #expect(try line.count == byteCount && checkAgreement(line) == (byteCount <= 1 << 20))
        }
    }

    /// Whether a line is read in one pass; it is then an event with the same body.
    private func checkAgreement(_ line: [UInt8]) throws -> Bool {
        guard let usual = EventJSON.decodeUsual(line: line[...]) else { return false }
        let text = "\(String(decoding: line.prefix(2000), as: UTF8.self))"
        do throws(Rejection) {
            let thorough = try EventJSON.decodeThoroughly(line: line[...])
            #expect(usual == thorough, "\(text)")
        } catch {
            Issue.record("\(error.message) \(text)")
        }
        return true
    }

    private static func lines(of file: String) throws -> [[UInt8]] {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let bytes = Array(try Data(contentsOf: root.appending(path: "fixtures/\(file).ndjson")))
        return bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}

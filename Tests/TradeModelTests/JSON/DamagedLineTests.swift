import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `A damaged line` {
    private static let line = Array(
        (#"{"type":"trade.opened","trade_id":"é😀","occurred_at":"2024-07-01T00:10:00.5Z","symbol":"A/B","#
            + #""side":"long","order_type":"\ud83d\ude00","amount":1.5e-3,"price":"20","#
            + #""fee":{"cost":1,"currency":"B"},"event_id":"162e09d8-86bf-b541-a142-75200008fb87","#
            + #""context":{"a":[true,null,{"b":"\n"}]}}"#).utf8
    )

    @Test func `is refused wherever it is cut off`() {
        #expect(rejection(of: Self.line) == nil)
        for byteCount in 0..<Self.line.count {
            #expect(rejection(of: Array(Self.line[..<byteCount]))?.code == .invalidJSON, "the first \(byteCount) bytes")
        }
    }

    @Test func `with one byte changed is refused or is an event that prints and reads back`() throws {
        var line = Self.line
        for index in line.indices {
            for byte in UInt8.min...UInt8.max {
                line[index] = byte
                do throws(Rejection) {
                    try checkReadsBack(EventJSON.decode(line: line))
                } catch {
                    let isOfThisLayer = (RejectionCode.allCases.firstIndex(of: error.code) ?? .max) < 6
                    #expect(isOfThisLayer && error.message.hasSuffix("."), "byte \(byte) at \(index): \(error)")
                }
            }
            line[index] = Self.line[index]
        }
    }

    private func checkReadsBack(_ draft: EventDraft) throws(Rejection) {
        let again = try EventJSON.decode(line: Array(printed(draft, ledgerID: nil).dropLast().utf8))
        #expect(again.body == draft.body)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `of random pieces of JSON never traps`(seed: UInt64) {
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "\\ude00", "0", "-", "1.", "e+", "true", "null",
            " ", "\t", "é", #""type":"#, #""trade.closed""#, #""fee":"#, #"{"cost":"#, #""context":"#,
            #""trade_id":"1""#,
            #""occurred_at":1700000000000"#,
        ]
        var refusedCount = 0
        for _ in 0..<5000 {
            var line = "{"
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                line += pieces[Int.random(in: pieces.indices, using: &generator)]
            }
            if rejection(of: line) != nil { refusedCount += 1 }
        }
        #expect(refusedCount == 5000)
    }
}

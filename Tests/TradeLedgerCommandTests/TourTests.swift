import Foundation
import LedgerTestSupport
import Testing

/// docs/tour.md, whose commands a shell runs one block after the other.
@Suite struct `The tour` {
    @Test func `prints what the page says`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/tour.md").standardized
        let page = try String(contentsOf: file, encoding: .utf8)
        var script = "tradeledger() { \"$T\" \"$@\"; }\n"
        var expected = ""
        for block in page.components(separatedBy: "```").enumerated().filter({ !$0.offset.isMultiple(of: 2) }) {
            let text = block.element
            if text.hasPrefix("sh\n") { script += text.dropFirst(3) }
            if text.hasPrefix("text\n") { expected += text.dropFirst(5) }
        }
        let ledger = CommandLedger(empty: ())
        let outcome = try ledger.shell(script)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout == expected)
    }
}

import Foundation
import LedgerTestSupport
import Testing

/// The pages of docs/ whose commands a shell runs, one block after the other.
@Suite struct `The commands of the documentation` {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    @Test(arguments: ["tour", "statistics"])
    func `print the output on the page`(page: String) throws {
        let fixtures = Self.root.appending(path: "fixtures").path
        var script = "tradeledger() { \"$T\" \"$@\"; }\ncd \"$D\" && ln -s '\(fixtures)' fixtures\n"
        var expected = ""
        for block in try text(page).components(separatedBy: "```").enumerated()
        where !block.offset.isMultiple(of: 2) {
            let text = block.element
            if text.hasPrefix("sh\n") { script += text.dropFirst(3) }
            if text.hasPrefix("text\n") { expected += text.dropFirst(5) }
        }
        let ledger = CommandLedger(empty: ())
        let outcome = try ledger.shell(script)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout == expected)
    }

    @Test func `of statistics name every figure`() throws {
        let page = try text("statistics")
        let ledger = try CommandLedger([EventText.opened("a"), EventText.closed("a")])
        let outcome = try ledger.run("performance", "--format", "json")
        let figures = try jsonObject(#require(outcome.lines.first))
        #expect(figures.keys.filter { !page.contains($0) }.isEmpty)
    }

    private func text(_ page: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: "docs/\(page).md"), encoding: .utf8)
    }
}

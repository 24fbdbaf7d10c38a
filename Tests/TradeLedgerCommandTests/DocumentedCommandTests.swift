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

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"))
    func `of the service get the answers on the page`() throws {
        let ledger = CommandLedger(empty: ())
        try FileManager.default.createSymbolicLink(
            atPath: ledger.directory.path + "/tradeledger",
            withDestinationPath: CommandLedger.program
        )
        var script = "PATH=\"$D:$PATH\"; cd \"$D\"\n"
        var expected = ""
        for (language, block) in try blocks(text("http")) {
            if language == "sh" { script += block }
            if language == "text" { expected += block }
        }
        // A free port, and the time that a person takes before the next command.
        script = script.replacingOccurrences(
            of: "tradeledger serve &\n",
            with: """
                tradeledger serve --listen 127.0.0.1:0 2>log &
                until grep -q serving log; do kill -0 $! || exit 1; done
                ADDRESS=$(sed -n 's,.*http://,,p' log)

                """
        )
        script = script.replacingOccurrences(of: "127.0.0.1:7373", with: "$ADDRESS")
        let outcome = try ledger.shell(script)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout == expected)
    }

    /// The blocks of a page with their languages.
    private func blocks(_ text: String) -> [(language: String, text: String)] {
        text.components(separatedBy: "```").enumerated().filter { !$0.offset.isMultiple(of: 2) }.map { block in
            let parts = block.element.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
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

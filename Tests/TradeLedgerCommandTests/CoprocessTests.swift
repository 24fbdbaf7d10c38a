import Foundation
import LedgerTestSupport
import Testing

/// The programs on the page docs/coprocess.md.
@Suite struct `A bot with append as a co-process` {
    private static let page = URL(filePath: #filePath).appending(path: "../../../docs/coprocess.md").standardized

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "python3 is not installed"),
        arguments: [SIGINT, SIGTERM]
    )
    func `closes its trades after a signal, in Python`(_ signal: Int32) throws {
        try expectClosedTrade(after: signal, of: "/usr/bin/python3", "python", "py-1")
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/node"), "node is not installed"),
        arguments: [SIGINT, SIGTERM]
    )
    func `closes its trades after a signal, in Node`(_ signal: Int32) throws {
        try expectClosedTrade(after: signal, of: "/usr/bin/node", "js", "js-1")
    }

    private func expectClosedTrade(
        after signal: Int32,
        of interpreter: String,
        _ language: String,
        _ trade: String
    ) throws {
        let ledger = try CommandLedger()
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let parts = text.components(separatedBy: "```\(language)\n")
        try #require(parts.count == 2)
        let program = try #require(parts[1].components(separatedBy: "```").first)
        // The name by which the page calls the program.
        try FileManager.default.createSymbolicLink(
            atPath: ledger.directory.path + "/tradeledger",
            withDestinationPath: CommandLedger.program
        )
        let bot = try ledger.startShell(
            "PATH=\"$D:$PATH\" exec setsid \(interpreter) \(try ledger.file("bot", program))"
        )
        #expect(try bot.readLine() == "trading")
        // As Ctrl-C does: to the whole process group.
        try #require(kill(-bot.pid, signal) == 0)
        let outcome = try bot.finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        let trades = try ledger.run("trades", "--format", "json").lines.map(jsonObject)
        #expect(trades.map { $0["trade_id"] } == [.string(trade)])
        #expect(trades.first?["closed"] == .bool(true))
        #expect(trades.first?["reason"] == .string("shutdown"))
    }
}

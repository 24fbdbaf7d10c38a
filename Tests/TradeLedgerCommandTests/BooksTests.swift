import Foundation
import LedgerTestSupport
import Testing

@Suite struct `The commands orders, positions, balances, portfolios and halts` {
    private let ledger: CommandLedger

    init() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../fixtures/day.ndjson").standardized
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        ledger = try CommandLedger(lines)
    }

    private func values(_ words: [String], _ name: String) throws -> [String?] {
        let outcome = try ledger.start(words, input: .bytes([])).finish()
        #expect(outcome.ending == .exit(0), "\(words): \(outcome.stderr)")
        return try outcome.lines.map { try jsonObject($0)[name]?.text }
    }

    @Test(
        arguments: [
            (["orders"], "order_id", ["o-1", "o-2", "by hand/1", "o-3", "o-4", "o-6", "o-5"]),
            (["orders", "--status", "submitted,unknown"], "order_id", []),
            (["orders", "--status", "submitted,unknown", "--as-of-sequence", "11"], "order_id", ["o-2"]),
            (["orders", "--status", "partially_filled"], "order_id", ["o-6"]),
            (["orders", "--trade", "t-3"], "order_id", ["o-3", "o-5"]),
            (["orders", "--strategy", "hedge", "--symbol", "BTC/USD:BTC"], "order_id", ["o-4"]),
            (["orders", "--account", "other"], "order_id", []),
            (
                ["orders", "--since", "2026-03-02T12:30:00Z", "--until", "2026-03-02T13:05:00Z"], "order_id",
                ["o-4", "o-6"]
            ),
            (["positions", "--symbol", "ETH/USDT"], "unrealized_pnl", ["7.75"]),
            (["positions", "--side", "sell"], "symbol", []),
            (["positions", "--side", "sell", "--as-of-sequence", "20"], "symbol", ["BTC/USDT:USDT"]),
            (["balances", "--account", "main", "--currency", "USDT"], "amount", ["6012.105752"]),
            (["balances", "--currency", "USDT"], "account", ["main", "savings"]),
            (["balances", "--as-of-sequence", "1"], "amount", ["10000"]),
            (["portfolios", "--account", "savings"], "equity", ["749.5"]),
            (["portfolios", "--account", "savings", "--base", "BNB"], "equity", ["1.247088186356073346"]),
            (["halts"], "reason", ["news"]), (["halts", "--active"], "scope", []),
            (["halts", "--active", "--as-of-sequence", "25"], "scope", ["all"]),
            (["halts", "--scope", "symbol:BTC/USDT"], "scope", []),
            (["events", "--subject", "o-2"], "type", ["order.submitted", "order.unknown", "order.cancelled"]),
            (["events", "--family", "risk"], "type", ["risk.halted", "risk.resumed"]),
        ] as [([String], String, [String])]
    )
    func `list what their options ask for`(words: [String], name: String, expected: [String]) throws {
        #expect(try values(words, name) == expected)
    }

    @Test func `name what an option cannot be`() throws {
        for (words, part) in [
            (["orders", "--status", "live"], "partially_filled"),
            (["events", "--family", "orders"], "order, decision"),
            (["decisions", "--status", "live"], "made, vetoed"), (["alerts", "--severity", "bad"], "critical"),
            (["predictions", "--open", "--resolved"], "exclude"),
        ] {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(64) && outcome.stderr.contains(part))
        }
    }

    @Test func `are part of what trade prints`() throws {
        let lines = try ledger.run("trade", "t-3").lines
        let orders = try lines.compactMap { try jsonObject($0)["order"] }
        let filled: [String?] = orders.map { order in
            guard case .object(let members) = order else { return nil }
            return members["filled_amount"]?.text
        }
        #expect(filled == ["0.1", "0.1"])
        let table = try ledger.run("trade", "t-3", "--format", "table").stdout
        #expect(table.contains("order o-5\n    side buy") && table.contains("filled_amount 0.1, average_price 63900"))
    }
}

import Foundation
import LedgerTestSupport
import Testing

@Suite struct `The commands that list orders, money, halts, decisions and alerts` {
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
            (["orders", "--status", "submitted,unknown", "--as-of-sequence", "20"], "order_id", ["o-2"]),
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
            (["positions", "--side", "sell", "--as-of-sequence", "40"], "symbol", ["BTC/USDT:USDT"]),
            (["balances", "--account", "main", "--currency", "USDT"], "amount", ["6012.105752"]),
            (["balances", "--currency", "USDT"], "account", ["main", "savings"]),
            (["balances", "--as-of-sequence", "4"], "amount", ["10000"]),
            (["portfolios", "--account", "savings"], "equity", ["749.5"]),
            (["portfolios", "--account", "savings", "--base", "BNB"], "equity", ["1.247088186356073346"]),
            (["halts"], "reason", ["news"]), (["halts", "--active"], "scope", []),
            (["halts", "--active", "--as-of-sequence", "51"], "scope", ["all"]),
            (["halts", "--scope", "symbol:BTC/USDT"], "scope", []),
            (["decisions", "--status", "vetoed"], "decision_id", ["d-7", "d-11"]),
            (["decisions", "--strategy", "trend", "--action", "buy"], "net_pnl", ["90.380752", nil, "-1.695"]),
            (["decisions", "--symbol", "ETH/USDT", "--since", "2026-03-02T12:00:00Z"], "decision_id", ["d-5", "d-9"]),
            (["decisions", "--action", "hold", "--until", "2026-03-02T14:31:00Z"], "decision_id", []),
            (["predictions", "--open"], "prediction_id", ["p-13"]),
            (["predictions", "--model", "close", "--resolved"], "error", ["300", "7.5", "-1.2"]),
            (["predictions", "--model", "close", "--resolved", "--as-of-sequence", "73"], "error", ["-1.2"]),
            (["predictions", "--model-version", "2", "--symbol", "SOL/USDT"], "resolved_label", ["down"]),
            (["predictions", "--decision", "d-5"], "prediction_id", ["p-7", "p-8", "p-9"]),
            (
                ["predictions", "--since", "2026-03-02T12:49:01Z", "--until", "2026-03-02T14:11:00Z"], "prediction_id",
                ["p-8", "p-9"]
            ),
            (["model-performance", "--model", "direction"], "model_version", ["1", "2"]),
            (["model-performance"], "mean_absolute_error", ["307.75", "102.9", nil, nil]),
            (["strategies", "--active"], "strategy_version", ["1.1", "2.1"]),
            (["strategies", "--as-of-sequence", "36"], "strategy_version", ["1.0", "2.1", "0.3"]),
            (["alerts", "--status", "raised"], "alert_id", ["a-3"]),
            (["alerts", "--severity", "error", "--category", "venue"], "alert_id", ["a-1"]),
            (["alerts", "--symbol", "BTC/USD:BTC", "--strategy", "hedge"], "alert_id", ["a-3"]),
            (["alerts", "--since", "2026-03-02T20:05:00Z", "--until", "2026-03-02T21:01:00Z"], "alert_id", ["a-3"]),
            (["events", "--subject", "o-2"], "type", ["order.submitted", "order.unknown", "order.cancelled"]),
            (["events", "--family", "risk"], "type", ["risk.halted", "risk.resumed"]),
        ] as [([String], String, [String?])]
    )
    func `list what their options ask for`(words: [String], name: String, expected: [String?]) throws {
        #expect(try values(words, name) == expected)
    }

    @Test func `name what an option cannot be`() throws {
        for (words, part) in [
            (["orders", "--status", "live"], "partially_filled"),
            (["events", "--family", "orders"], "order, decision"),
            (["decisions", "--status", "live"], "made or vetoed"), (["alerts", "--severity", "bad"], "critical"),
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
        #expect(filled.count >= 4 && Set(filled) == ["0.1"])
        let table = try ledger.run("trade", "t-3", "--format", "table").stdout
        #expect(table.contains("order       o-5: completed, fills 0.1 at 63900, fees 3.195\n"))
    }
}

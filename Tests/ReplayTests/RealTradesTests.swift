import Foundation
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Statistics
import Testing
import TradeModel

/// Histories of real trades with independently computed totals; they are beside the checkout, not in it.
private enum RealTrades {
    static let names = ["gene-195", "gene-557"].filter { FileManager.default.fileExists(atPath: path($0, "ndjson")) }

    static func path(_ name: String, _ kind: String) -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        return root.appendingPathComponent("shared/data/\(name).\(kind)").standardized.path
    }

    /// The totals that count fees: `net` of the totals file.
    static func totals(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path(name, "totals.json")))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(object["net"] as? [String: Any])
    }
}

@Suite(.enabled(if: !RealTrades.names.isEmpty, "there is no shared/data beside the checkout"))
struct `The totals of real trades` {
    @Test(arguments: RealTrades.names)
    func `equal independently computed totals, to the last digit`(name: String) throws {
        let trades = try replay(name)
        let net = try RealTrades.totals(name)
        #expect(trades.count == net["closed"] as? Int)
        #expect(trades.count(where: \.trade.isWon) == net["wins"] as? Int)
        #expect(try sum(trades) == net["total_pnl"] as? String)

        let perPair = try #require(net["per_pair"] as? [String: [String: Any]])
        let bySymbol = Dictionary(grouping: trades, by: \.symbol)
        #expect(Set(bySymbol.keys) == Set(perPair.keys))
        for (symbol, expected) in perPair {
            let trades = bySymbol[symbol] ?? []
            #expect(trades.count == expected["trades"] as? Int, "\(symbol)")
            #expect(trades.count(where: \.trade.isWon) == expected["wins"] as? Int, "\(symbol)")
            #expect(try sum(trades) == expected["pnl"] as? String, "\(symbol)")
        }
    }

    @Test(arguments: RealTrades.names)
    func `are the figures of their performance, in total, by symbol and by reason`(name: String) throws {
        let net = try RealTrades.totals(name)
        let directory = try ledger(name)
        let all = try figures(directory, by: nil)
        let totals = [
            "trades": "closed", "wins": "wins", "losses": "losses", "draws": "draws", "net_pnl": "total_pnl",
            "gross_profit": "gross_win", "gross_loss": "gross_loss", "profit_factor": "profit_factor",
            "largest_win": "largest_win", "largest_loss": "largest_loss",
            "max_drawdown": "max_drawdown_peak_from_zero", "win_streak": "max_consecutive_wins",
            "loss_streak": "max_consecutive_losses",
        ]
        for (figure, total) in totals { #expect(all[0][figure] == text(net[total]), "\(figure)") }
        for (grouping, key) in [(.symbol, "per_pair"), (.reason, "per_reason")] as [(Grouping, String)] {
            let expected = try #require(net[key] as? [String: [String: Any]])
            let sets = try figures(directory, by: grouping)
            #expect(sets.map(\.group) == expected.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            for set in sets {
                let totals = expected[set.group ?? ""] ?? [:]
                #expect(set["trades"] == text(totals["trades"]) && set["wins"] == text(totals["wins"]))
                #expect(set["net_pnl"] == text(totals["pnl"]))
            }
        }
    }

    private func text(_ value: Any?) -> String? {
        if let number = value as? Int { return "\(number)" }
        return value as? String
    }

    private func figures(_ directory: TemporaryDirectory, by grouping: Grouping?) throws -> [FigureTexts] {
        let replay = PerformanceReplay([try LedgerReader(opening: directory.path)])
        return try replay.figures(PerformanceQuery(by: grouping)).figures.map {
            FigureTexts(PerformanceRow($0, ledgers: []))
        }
    }

    private func replay(_ name: String) throws -> [TradeHistory] {
        let directory = try ledger(name)
        return try TradeReplay(try LedgerReader(opening: directory.path)).trades()
    }

    private func ledger(_ name: String) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        let data = try Data(contentsOf: URL(fileURLWithPath: RealTrades.path(name, "ndjson")))
        let lines = data.split(separator: UInt8(ascii: "\n")).map { EventLine(Array($0)) }
        for outcome in ledger.append(lines: lines) { #expect(try outcome.get().status == .appended) }
        ledger.close()
        return directory
    }

    private func sum(_ trades: [TradeHistory]) throws -> String {
        var sum = DecimalSum()
        for trade in trades { try sum.add(trade.trade.figures.realizedPnL) }
        return sum.description
    }
}

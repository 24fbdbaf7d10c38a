import Foundation
import Ledger
import LedgerTestSupport
import Projections
import Replay
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

    private func replay(_ name: String) throws -> [TradeHistory] {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        let data = try Data(contentsOf: URL(fileURLWithPath: RealTrades.path(name, "ndjson")))
        let lines = data.split(separator: UInt8(ascii: "\n")).map { EventLine(Array($0)) }
        for outcome in ledger.append(lines: lines) { #expect(try outcome.get().status == .appended) }
        ledger.close()
        return try TradeReplay(try LedgerReader(opening: directory.path)).trades()
    }

    private func sum(_ trades: [TradeHistory]) throws -> String {
        var sum = DecimalSum()
        for trade in trades { try sum.add(trade.trade.figures.realizedPnL) }
        return sum.description
    }
}

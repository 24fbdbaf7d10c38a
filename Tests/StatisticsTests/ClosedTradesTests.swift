import Statistics
import Testing
import TradeModel

@Suite struct `The closed trades of a ledger` {
    @Test func `take 56 bytes each`() {
        #expect(MemoryLayout<ClosedTrade>.stride == 56)
    }

    @Test func `stay in the order of their closes when one is corrected or voided`() throws {
        var trades = ClosedTrades()
        for number in 1...5 as ClosedRange<UInt64> {
            trades.append(try closedTrade(number * 2, pnl: "1"))
        }
        trades.replace(6, by: try closedTrade(6, pnl: "-3"))
        trades.replace(4, by: nil)
        trades.replace(5, by: nil)
        #expect(trades.all.map(\.closeSequence) == [2, 4, 6, 8, 10])
        #expect(trades.all.map(\.pnl.description) == ["1", "1", "-3", "1", "1"])
        #expect(trades.all.map { $0.set == ClosedTrade.noSet } == [false, true, false, false, false])
    }

    @Test func `are found by their sequence in the ledger that is read now`() throws {
        var trades = ClosedTrades()
        trades.append(try closedTrade(2, pnl: "1"))
        trades.beginLedger()
        trades.append(try closedTrade(2, pnl: "2"))
        trades.replace(2, by: try closedTrade(2, pnl: "3"))
        #expect(trades.all.map(\.pnl.description) == ["1", "3"])
    }

    private func closedTrade(_ sequence: UInt64, pnl: String) throws -> ClosedTrade {
        let open = try body(#""type":"trade.opened","amount":"1","price":"10""#)
        var trade = try Trade(opening: open, sequence: sequence - 1)
        let exit = try Decimal(pnl).adding(try Decimal("10"))
        try trade.apply(body(#""type":"trade.closed","price":"\#(exit)""#), sequence: sequence)
        return try #require(ClosedTrade(trade, trade.figures, ledger: 0, set: 0))
    }

    private func body(_ fields: String) throws -> EventBody {
        let opening = #""symbol":"A/B","side":"buy","order_type":"limit","#
        let line =
            #"{"trade_id":"t","occurred_at":"2026-01-05T00:00:00Z","#
            + (fields.contains("opened") ? opening : "") + fields + "}"
        return try EventJSON.decode(line: Array(line.utf8)).body
    }
}

import LedgerTestSupport
import Statistics
import Testing
import TradeModel

/// Five days: a deposit of 1000, a gain of 100, a deposit of 900 before a loss of 200, a day without anything, and a
/// gain of 180 before a withdrawal of 480.
let fiveDays: [Move] = [
    .flow(1, "1000"), .pnl(2, "100"), .flow(3, "900"), .pnl(3, "-200"), .pnl(5, "180"), .flow(5, "-480"),
]

@Suite struct `The equity of each day` {
    @Test func `is capital and P&L up to its end`() throws {
        let series = try equity(days: 5, fiveDays)
        #expect(series.days.map(\.equity.description) == ["1000", "1100", "1800", "1800", "1500"])
        #expect(series.days.map(\.capitalIn.description) == ["1000", "0", "900", "0", "0"])
        #expect(series.days.map(\.capitalOut.description) == ["0", "0", "0", "0", "480"])
        #expect(series.days.map(\.day.description).last == "2026-01-05")
        #expect(series.equity.description == "1500" && series.netCapital.description == "1420")
    }

    @Test func `gives returns on what was there and what came in`() throws {
        let series = try equity(days: 5, fiveDays)
        #expect(series.returns == [0, 0.1, -0.1, 0, 0.1])
        #expect(series.whyNoReturns == nil)
    }

    @Test func `keeps every digit of large and small amounts`() throws {
        let large = "100000000000000000000"
        let small = "0.00000000000000000000000000000000000001"
        let series = try equity(days: 2, [.flow(1, large), .pnl(2, small), .pnl(2, small)])
        #expect(series.equity.description == large + ".00000000000000000000000000000000000002")
        #expect(agree(series.returns[1], 2e-58))
    }

    @Test func `begins with what moved before the period`() throws {
        let series = try equity(days: 4, from: 3, [.flow(1, "100"), .pnl(2, "-50"), .pnl(3, "25"), .pnl(5, "7")])
        #expect(series.openingEquity.description == "50")
        #expect(series.returns == [0.5, 0] && series.equity.description == "75")
    }

    @Test func `has unrealised P&L of a day only on that day`() throws {
        let moves: [Move] = [.flow(1, "100"), .unrealised(1, "10"), .unrealised(2, "-1"), .pnl(3, "-12")]
        let series = try equity(days: 3, moves)
        #expect(series.days.map(\.equity.description) == ["110", "99", "88"])
        #expect(agree(series.returns[1], -0.1) && agree(series.returns[2], -1.0 / 9))
        #expect(try equity(days: 2, from: 2, moves).openingEquity.description == "110")
    }

    @Test func `takes back a value that is added with the other sign`() throws {
        let series = try equity(days: 1, [.flow(1, "100"), .pnl(1, "0.1"), .pnl(1, "-0.1")])
        #expect(series.equity.description == "100" && series.returns == [0])
    }

    @Test func `is 0, with a return of 0, before the first deposit`() throws {
        let series = try equity(days: 4, [.flow(3, "100"), .pnl(4, "50")])
        #expect(series.returns == [0, 0, 0, 0.5])
        #expect(series.ending == nil)
    }

    @Test(arguments: [
        ("-100", "equity was 0 or less on 2026-01-02, which ends the series", [0, -1.0]),
        ("-150", "equity was 0 or less on 2026-01-02, which ends the series", [0, -1.5]),
    ])
    func `ends where nothing or less is left`(loss: String, reason: String, returns: [Double]) throws {
        let series = try equity(days: 4, [.flow(1, "100"), .pnl(2, loss), .flow(3, "1000")])
        #expect(series.equityEndedOn == day(2))
        #expect(series.whyNoReturns == reason)
        #expect(series.returns == returns)
        #expect(series.days.count == 4, "the amounts go on")
    }

    @Test func `ends where everything is withdrawn`() throws {
        let series = try equity(days: 3, [.flow(1, "100"), .pnl(2, "10"), .flow(2, "-110")])
        #expect(series.equityEndedOn == day(2))
        #expect(series.returns == [0, 0.1])
    }

    @Test func `ends where P&L has no equity to relate to`() throws {
        let series = try equity(days: 3, [.pnl(1, "10"), .flow(2, "100")])
        #expect(series.ending == .noBase(day(1)) && series.equityEndedOn == nil)
        #expect(series.whyNoReturns == "2026-01-01 has P&L without equity before it, which ends the series")
    }

    @Test func `has no returns without capital`() throws {
        let reason = "no capital is on record; pass --capital or record account.deposited"
        for pnl in ["10", "-10", "0"] {
            let series = try equity(days: 3, [.pnl(2, pnl)])
            #expect(series.whyNoReturns == reason && series.equityEndedOn == nil)
        }
        #expect(EquitySeries().whyNoReturns == reason)
    }

    @Test func `has no returns without a day`() throws {
        let series = try equity(days: 1, from: 2, [.flow(1, "10")])
        #expect(series.whyNoReturns == "the period has no day" && series.equity.description == "10")
    }

    @Test func `ends where sums are beyond their range`() throws {
        let most = "99999999999999999999999999999999999999"
        let flows = (2...13).map { Move.flow($0, most) }
        let series = try equity(days: 14, [.flow(1, "1")] + flows)
        #expect(series.ending == .beyondRange(day(13)) && series.days.count == 12)
        #expect(series.whyNoReturns?.hasPrefix("the equity of 2026-01-13 is beyond the range of sums") == true)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `multiplies to the last equity by the first where nothing flows`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let series = try equity(days: 100, randomMoves(days: 100, &generator))
        let product = series.returns.reduce(1) { $0 * (1 + $1) }
        #expect(agree(product, (Double(series.equity.description) ?? 0) / 1000), "seed \(seed)")
    }
}

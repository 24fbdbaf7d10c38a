import Glibc
import LedgerTestSupport
import Statistics
import Testing
import TradeModel

@Suite struct `The freqtrade figures` {
    @Test func `are those of four trades computed by hand`() throws {
        let figures = try figures(["10", "-10", "20", "-5"], capital: "100", days: 10)
        // The mean is 3.75 and Σ (x − mean)² is 568.75.
        #expect(agree(figures.sharpe.value, 1.5 / sqrt(568.75 / 4) * sqrt(365)))
        #expect(agree(figures.sortino.value, 1.5 / 2.5 * sqrt(365)))
        #expect(figures.twr == .value(0.15, n: 4))
        #expect(agree(figures.cagr.value, pow(1.15, 36.5) - 1))
        #expect(figures.maxDrawdown.value?.amount.description == "10")
        #expect(agree(figures.maxDrawdownRatio.value, 10.0 / 110))
        #expect(agree(figures.calmar.value, 1.5 / (10.0 / 110) * sqrt(365)))
        // 2 · 3.75 / √(568.75 / 3) is 0.54470…
        #expect(figures.sqn == .value(0.5447, n: 4))
    }

    @Test func `relate to the largest absolute fall, not to the largest share`() throws {
        // From 0 to −50 it is half of the capital; from 950 to 850 it is less than a tenth.
        #expect(agree(try figures(["-50", "1000", "-100"], capital: "100").maxDrawdownRatio.value, 100.0 / 1050))
    }

    @Test func `count a period shorter than a day as a day`() throws {
        let figures = try figures(["10", "-10", "20", "-5"], capital: "100", days: 0)
        #expect(agree(figures.sharpe.value, 15 / sqrt(568.75 / 4) * sqrt(365)))
        #expect(figures.cagr == .null(reason: "the period has no whole day", n: 4))
    }

    @Test func `are null without a trade, and without capital`() throws {
        for figure in all(try figures([], capital: "100")) { #expect(figure.reason == "no trade was closed") }
        let reason = "no capital is on record; pass --capital or record account.deposited"
        let without = try figures(["1", "-2"], capital: nil)
        for figure in all(without) { #expect(figure == .null(reason: reason, n: 2)) }
        #expect(without.maxDrawdown.value?.amount.description == "2")
        for figure in all(try figures(["1"], capital: "-5")) { #expect(figure.reason == "the capital is 0 or less") }
    }

    @Test func `are null where freqtrade has no data, each with its reason`() throws {
        let single = try figures(["0.1"], capital: "100")
        #expect(single.sharpe.reason == "all trades have the same P&L")
        #expect(single.sortino.reason == "no trade has a loss")
        #expect(single.calmar.reason == "the sum of P&L never fell")
        #expect(single.sqn.reason == "fewer than 2 trades")
        #expect(single.maxDrawdownRatio == .value(0, n: 1))
        let equal = try figures(["0.1", "0.1", "0.1"], capital: "100")
        #expect(equal.sharpe.reason == "all trades have the same P&L" && equal.sqn.reason == equal.sharpe.reason)
        #expect(try figures(["1", "-1"], capital: "9").sortino.reason == "all losing trades have the same P&L")
        #expect(try figures(["-1", "-10"], capital: "9").cagr.reason == "the final capital is below 0")
        #expect(try figures(["900"], capital: "1", days: 1).cagr.reason == "the figure is beyond the range of binary64")
    }

    @Test func `are null in a period without length`() throws {
        let figures = FreqtradeFigures(
            pnl: [try Decimal("1"), try Decimal("-1"), try Decimal("-2")],
            try falls(["1", "-1", "-2"]),
            capital: try Decimal("10"),
            from: close(1),
            to: close(1)
        )
        for figure in [figures.sharpe, figures.sortino, figures.calmar] {
            #expect(figure == .null(reason: "the period has no length", n: 3))
        }
        #expect(figures.twr.value == -0.2)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `do not depend on the unit of money`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pnl = (0..<50).map { _ in "\(Int(generator.next(below: 2001)) - 1000)" }
        let figures = try figures(pnl, capital: "100000")
        let scaled = try self.figures(pnl.map { $0 + "e-7" }, capital: "0.01")
        for (figure, other) in zip(all(figures), all(scaled)) {
            #expect(agree(figure.value, try #require(other.value)), "seed \(seed)")
        }
    }

    private func figures(_ pnl: [String], capital: String?, days: Int = 100) throws -> FreqtradeFigures {
        FreqtradeFigures(
            pnl: try pnl.map { try Decimal($0) },
            try falls(pnl),
            capital: try capital.map { try Decimal($0) },
            from: day(1).start,
            to: close(days + 1)
        )
    }

    private func all(_ figures: FreqtradeFigures) -> [Figure<Double>] {
        [
            figures.sharpe, figures.sortino, figures.twr, figures.cagr, figures.maxDrawdownRatio, figures.calmar,
            figures.sqn,
        ]
    }
}

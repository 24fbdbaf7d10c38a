import Glibc
import LedgerTestSupport
import Statistics
import Testing
import TradeModel

@Suite struct `The textbook figures` {
    @Test func `are those of five days computed by hand`() throws {
        // r is 0, 0.1, -0.1, 0, 0.1: the mean is 0.02 and Σ (r − mean)² is 0.028.
        let figures = TextbookFigures(try equity(days: 5, fiveDays), try falls(["100", "-200", "180"]))
        #expect(agree(figures.sharpe.value, 0.02 / sqrt(0.007) * sqrt(365)))
        #expect(agree(figures.sortino.value, sqrt(73)))
        #expect(agree(figures.volatility.value, sqrt(0.007 * 365)))
        #expect(agree(figures.twr.value, 1.1 * 0.9 * 1.1 - 1))
        // Σ (r − mean)³ is −0.00072, and Σ (r − mean)⁴ is 0.0002896.
        #expect(agree(figures.skew.value, -0.000144 / pow(0.0056, 1.5) * sqrt(20) / 3))
        #expect(agree(figures.kurtosis.value, -30.0 / 49))
        #expect(agree(figures.maxDrawdownRatio.value, 0.1))
        #expect(figures.maxDrawdown.value?.amount.description == "200")
        #expect(figures.recoveryFactor.value?.description == "0.4")
        let drawdown = try #require(figures.drawdowns.value?.first)
        #expect(drawdown.peakOn == day(2) && drawdown.troughOn == day(3) && drawdown.recoveredOn == nil)
        #expect(figures.sharpe.n == 5 && figures.maxDrawdown.n == 3)
    }

    @Test func `have the money-weighted rate of the flows and the last equity`() throws {
        // 1000 for 365 days at 10 % is 1100; then 550 go out, and the rest is 605 after another 365 days.
        let moves: [Move] = [.flow(1, "1000"), .pnl(366, "100"), .flow(366, "-550"), .pnl(731, "55")]
        let figures = TextbookFigures(try equity(days: 731, moves), try falls([]))
        #expect(agree(figures.mwr.value, 0.1))
        #expect(agree(figures.twr.value, 0.21))
        #expect(agree(figures.cagr.value, pow(1.21, 365.0 / 731) - 1))
        let later = TextbookFigures(try equity(days: 731, from: 366, Array(moves[...1] + moves[3...])), try falls([]))
        #expect(agree(later.mwr.value, 0.155), "begins with the equity of the day before")
    }

    @Test func `have the fifth percentile and the mean below it`() throws {
        // 40 returns of which the lowest are −0.5, −0.25 and −0.1: index ⌊0.05 · 39⌋ is 1.
        let pnl = ["-500", "500", "-250", "250", "-100", "100"]
        let moves = pnl.enumerated().map { Move.pnl($0.offset + 2, $0.element) }
        let figures = TextbookFigures(try equity(days: 40, [.flow(1, "1000")] + moves), try falls([]))
        #expect(figures.valueAtRisk95 == .value(-0.25, n: 40))
        #expect(figures.expectedShortfall95 == .value(-0.375, n: 40))
        #expect(figures.drawdowns.value?.map(\.daysToRecovery) == [2, 2, 2])
        #expect(figures.calmar == .value(0, n: 40))
    }

    @Test func `of a single day are the return and nothing that needs a spread`() throws {
        let series = try equity(days: 1, [.flow(1, "100"), .pnl(1, "-10")])
        let figures = TextbookFigures(series, try falls(["-10"]))
        #expect(agree(figures.twr.value, -0.1) && agree(figures.maxDrawdownRatio.value, 0.1))
        #expect(agree(figures.sortino.value, -sqrt(365)))
        #expect(figures.sharpe == .null(reason: "fewer than 2 days", n: 1))
        #expect(figures.volatility == .null(reason: "fewer than 2 days", n: 1))
        #expect(figures.mwr == .null(reason: "all flows and the equity are of one day", n: 1))
    }

    @Test func `are null, each with its reason, on days that are too few`() throws {
        let few = TextbookFigures(try equity(days: 3, [.flow(1, "100"), .pnl(2, "1")]), try falls(["1"]))
        #expect(few.skew == .null(reason: "fewer than 4 days", n: 3))
        #expect(few.kurtosis == .null(reason: "fewer than 4 days", n: 3))
        #expect(few.valueAtRisk95 == .null(reason: "fewer than 20 days", n: 3))
        #expect(few.expectedShortfall95 == .null(reason: "fewer than 20 days", n: 3))
        #expect(few.cagr == .null(reason: "fewer than 30 days", n: 3))
        #expect(few.calmar == .null(reason: "fewer than 30 days", n: 3))
        #expect(few.sortino == .null(reason: "no day has a loss", n: 3))
    }

    @Test func `are null where no return differs`() throws {
        let figures = TextbookFigures(try equity(days: 40, [.flow(1, "100")]), try falls([]))
        for figure in [figures.sharpe, figures.skew, figures.kurtosis] {
            #expect(figure == .null(reason: "all returns are equal", n: 40))
        }
        #expect(figures.volatility == .value(0, n: 40) && figures.twr == .value(0, n: 40))
        #expect(figures.calmar == .null(reason: "the index of returns never fell", n: 40))
        #expect(figures.maxDrawdown == .null(reason: "no trade was closed", n: 0))
    }

    @Test func `are null after equity ended, except those of the sum of P&L`() throws {
        let series = try equity(days: 40, [.flow(1, "100"), .pnl(2, "-150"), .flow(3, "500")])
        let figures = TextbookFigures(series, try falls(["-150"]))
        let reason = "equity was 0 or less on 2026-01-02, which ends the series"
        for figure in all(figures) { #expect(figure == .null(reason: reason, n: 2)) }
        #expect(figures.drawdowns == .null(reason: reason, n: 2))
        #expect(figures.maxDrawdown.value?.amount.description == "150")
        #expect(figures.recoveryFactor.value?.description == "-1")
    }

    @Test func `are null without capital and without a day`() throws {
        let reason = "no capital is on record; pass --capital or record account.deposited"
        for series in [try equity(days: 40, [.pnl(1, "1")]), EquitySeries()] {
            for figure in all(TextbookFigures(series, try falls([]))) { #expect(figure.reason == reason) }
        }
    }

    @Test func `hold for equity that falls to nearly nothing and rises again`() throws {
        let moves: [Move] = [
            .flow(1, "100000000000000000000"), .pnl(2, "-99999999999999999999.999998"), .flow(2, "-0.000001"),
            .pnl(3, "99999999999999999999.999999"),
        ]
        let figures = TextbookFigures(try equity(days: 3, moves), try falls([]))
        #expect(agree(figures.twr.value, 1) && figures.maxDrawdownRatio.value == 1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `do not depend on the unit of money`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let moves = randomMoves(days: 60, &generator)
        let thousandfold = moves.map { move in
            switch move {
            case .flow(let day, let amount): Move.flow(day, amount + "e3")
            case .pnl(let day, let amount): Move.pnl(day, amount + "e3")
            case .unrealised(let day, let amount): Move.unrealised(day, amount + "e3")
            }
        }
        let figures = TextbookFigures(try equity(days: 60, moves), try falls([]))
        let scaled = TextbookFigures(try equity(days: 60, thousandfold), try falls([]))
        for (figure, other) in zip(all(figures), all(scaled)) {
            #expect(agree(figure.value, try #require(other.value)), "seed \(seed)")
        }
    }

    private func all(_ figures: TextbookFigures) -> [Figure<Double>] {
        [
            figures.sharpe, figures.sortino, figures.volatility, figures.twr, figures.mwr, figures.cagr,
            figures.maxDrawdownRatio, figures.calmar, figures.valueAtRisk95, figures.expectedShortfall95, figures.skew,
            figures.kurtosis,
        ]
    }
}

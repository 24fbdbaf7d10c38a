internal import Glibc
package import TradeModel

/// The figures of equity in the convention `freqtrade`, from the P&L of trades and one capital.
///
/// They follow the formulas of `freqtrade/data/metrics.py` of freqtrade 2026.9. A figure is null where that returns 0,
/// 100, −100 or infinity for want of data. The capital cancels in `sharpe`, `sortino` and `sqn`, so these are computed
/// from P&L alone; they are null without capital, because they are defined by it.
package struct FreqtradeFigures: Sendable {
    /// (Σ pnl/capital / days) / sd₀(pnl/capital) · √365.
    package let sharpe: Figure<Double>
    /// The same mean / sd₀ of the losers' pnl/capital · √365.
    package let sortino: Figure<Double>
    /// Σ pnl / capital, a fraction.
    package let twr: Figure<Double>
    /// (final / capital)^(365/days) − 1, a fraction.
    package let cagr: Figure<Double>
    /// The largest fall of the sum of P&L.
    package let maxDrawdown: Figure<PnLDrawdown.Fall>
    /// The largest fall / (capital + the sum of P&L from which it fell).
    package let maxDrawdownRatio: Figure<Double>
    /// (Σ pnl/capital / days · 100) / `maxDrawdownRatio` · √365.
    package let calmar: Figure<Double>
    /// √n · mean(pnl/capital) / sd₁(pnl/capital), rounded to 4 decimals.
    package let sqn: Figure<Double>

    private static let daysPerYear = 365.0

    /// Computes the figures of trades closed in a period.
    ///
    /// - Parameters:
    ///   - pnl: the P&L of each trade, in any order; 8 bytes for each while the figures are computed.
    ///   - drawdown: the same trades in the order of figures.
    ///   - capital: the capital of the period; nil where none is on record.
    ///   - start: the beginning of the period, or the first open.
    ///   - end: the end of the period, or the last close.
    package init(
        pnl: some Collection<Decimal>,
        _ drawdown: PnLDrawdown,
        capital: Decimal?,
        from start: Timestamp,
        to end: Timestamp
    ) {
        maxDrawdown = drawdown.deepestFall
        let basis = Basis(drawdown, capital, from: start, to: end)
        let numbers = pnl.map { BinaryQuotient.of($0) }
        let all = Moments(of: numbers)
        sharpe = basis.figureOfPeriod {
            guard all.isSpread else { return .null(reason: "all trades have the same P&L", n: $0) }
            return .finite(basis.dailyPnL / all.populationDeviation * sqrt(Self.daysPerYear), n: $0)
        }
        sortino = basis.figureOfPeriod {
            let losers = Moments(of: numbers.filter { $0 < 0 })
            guard losers.count > 0 else { return .null(reason: "no trade has a loss", n: $0) }
            guard losers.isSpread else { return .null(reason: "all losing trades have the same P&L", n: $0) }
            return .finite(basis.dailyPnL / losers.populationDeviation * sqrt(Self.daysPerYear), n: $0)
        }
        sqn = basis.figure { _ in
            let figure = SystemQualityNumber.figure(of: all)
            return figure.value.map { number in
                .value(SignificantText.rounded(number, decimals: 4), n: all.count)
            } ?? figure
        }
        twr = basis.figure { .finite(basis.growth, n: $0) }
        cagr = basis.cagr
        maxDrawdownRatio = basis.figure { .finite(basis.fall, n: $0) }
        calmar = basis.calmar
    }

    /// What the figures share, or why there are none.
    private struct Basis {
        let count: Int
        let whyNone: String?
        /// Σ pnl.
        let netPnL: Double
        /// Σ pnl / capital.
        let growth: Double
        /// The largest fall as a share of the equity from which it fell.
        let fall: Double
        /// Whole days from the beginning to the end.
        let dayCount: Int
        private let isOneInstant: Bool

        init(_ drawdown: PnLDrawdown, _ capital: Decimal?, from start: Timestamp, to end: Timestamp) {
            count = drawdown.count
            isOneInstant = start == end
            dayCount = Int((end.microsecondsSince1970 - start.microsecondsSince1970) / 86_400_000_000)
            do throws(Missing) {
                let amounts = try Self.amounts(drawdown, capital)
                netPnL = BinaryQuotient.of(amounts.netPnL)
                growth = BinaryQuotient.of(amounts.netPnL, by: amounts.capital)
                fall = BinaryQuotient.of(amounts.fall, by: amounts.equity)
                whyNone = nil
            } catch {
                (netPnL, growth, fall) = (0, 0, 0)
                whyNone = error.reason
            }
        }

        /// The sums from which the figures are quotients; the equity is that from which the sum of P&L fell.
        private static func amounts(
            _ drawdown: PnLDrawdown,
            _ capital: Decimal?
        ) throws(Missing) -> (netPnL: DecimalSum, capital: DecimalSum, fall: DecimalSum, equity: DecimalSum) {
            guard let capital else { throw Missing(reason: EquitySeries.noCapital) }
            guard capital.isPositive else { throw Missing(reason: "the capital is 0 or less") }
            let figure = drawdown.deepestFall
            guard let fall = figure.value, let netPnL = drawdown.netPnL else {
                throw Missing(reason: figure.reason ?? "")
            }
            do throws(DecimalError) {
                var total = DecimalSum()
                try total.add(capital)
                var equity = fall.peak
                try equity.add(total)
                return (netPnL, total, fall.amount, equity)
            } catch {
                throw Missing(reason: "the equity is beyond the range of sums")
            }
        }

        private struct Missing: Error { let reason: String }

        /// A figure of a number of trades, or null where there is no basis.
        func figure(_ compute: (_ n: Int) -> Figure<Double>) -> Figure<Double> {
            if let whyNone { return .null(reason: whyNone, n: count) }
            return compute(count)
        }

        /// The same, also null where the period has no length.
        func figureOfPeriod(_ compute: (_ n: Int) -> Figure<Double>) -> Figure<Double> {
            figure { isOneInstant ? .null(reason: "the period has no length", n: $0) : compute($0) }
        }

        /// The sum of P&L per day; a period shorter than a day counts as one.
        var dailyPnL: Double { netPnL / Double(max(1, dayCount)) }

        var cagr: Figure<Double> {
            figure {
                guard dayCount > 0 else { return .null(reason: "the period has no whole day", n: $0) }
                guard growth >= -1 else { return .null(reason: "the final capital is below 0", n: $0) }
                return .finite(expm1(log1p(growth) * daysPerYear / Double(dayCount)), n: $0)
            }
        }

        var calmar: Figure<Double> {
            figureOfPeriod {
                guard fall > 0 else { return .null(reason: "the sum of P&L never fell", n: $0) }
                return .finite(growth / Double(max(1, dayCount)) * 100 / fall * sqrt(daysPerYear), n: $0)
            }
        }
    }
}

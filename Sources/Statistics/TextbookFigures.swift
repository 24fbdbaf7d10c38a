internal import Glibc
package import TradeModel

/// The figures of equity in the convention `textbook`, from daily returns r of every calendar day.
///
/// They are null where the returns are missing or end within the period, so that no figure is of a part of it. The
/// figures of the sum of P&L do not depend on returns. Moments are sums with compensated errors, and products of
/// returns are exact between two flows. A figure agrees with its exact value to 10 digits where its condition allows
/// that: the mean of 1,000,000 returns may be as small as 10^−5 of their deviation.
package struct TextbookFigures: Sendable {
    /// mean(r) / sd₁(r) · √365.
    package let sharpe: Figure<Double>
    /// mean(r) / √(Σ min(r, 0)² / n) · √365.
    package let sortino: Figure<Double>
    /// sd₁(r) · √365, a fraction per year.
    package let volatility: Figure<Double>
    /// The time-weighted return, Π(1 + r) − 1, a fraction.
    package let twr: Figure<Double>
    /// The yearly rate at which the flows, the equity at the beginning and that at the end have a value of 0.
    package let mwr: Figure<Double>
    /// Π(1 + r)^(365/n) − 1, a fraction; null below 30 days.
    package let cagr: Figure<Double>
    /// The largest fall of the sum of P&L.
    package let maxDrawdown: Figure<PnLDrawdown.Fall>
    /// The largest fall of the index Π(1 + r), as a share of its peak.
    package let maxDrawdownRatio: Figure<Double>
    /// `cagr` / `maxDrawdownRatio`.
    package let calmar: Figure<Double>
    /// The net P&L / `maxDrawdown`.
    package let recoveryFactor: Figure<Decimal>
    /// The 5 % quantile of r, which is the lower of the two returns next to it; null below 20 days.
    package let valueAtRisk95: Figure<Double>
    /// The mean of the returns that are not above `valueAtRisk95`; null below 20 days.
    package let expectedShortfall95: Figure<Double>
    /// The skewness of r, bias-corrected; null below 4 days.
    package let skew: Figure<Double>
    /// The kurtosis of r above that of a normal distribution, bias-corrected; null below 4 days.
    package let kurtosis: Figure<Double>
    /// The five deepest falls of the index, the deepest first.
    package let drawdowns: Figure<[IndexDrawdown]>

    private static let daysPerYear = 365.0
    private static let drawdownCountMax = 5

    /// Computes the figures of a period.
    ///
    /// Costs the days, and sorts them once.
    package init(_ series: EquitySeries, _ pnl: PnLDrawdown) {
        maxDrawdown = pnl.deepestFall
        recoveryFactor = pnl.recoveryFactor
        let returns = Returns(series)
        sharpe = returns.sharpe
        sortino = returns.sortino
        volatility = returns.volatility
        twr = returns.twr
        cagr = returns.cagr
        (valueAtRisk95, expectedShortfall95) = returns.tail
        skew = returns.shape(\.skewness)
        kurtosis = returns.shape(\.excessKurtosis)
        mwr = returns.figure { _ in YearlyRate(of: series.payments).figure }
        let falls = returns.falls
        drawdowns = returns.figure {
            .value(IndexDrawdown.deepest(of: falls, count: Self.drawdownCountMax), n: $0.count)
        }
        let deepest = falls.map(\.depth).max() ?? 0
        maxDrawdownRatio = returns.figure { .finite(deepest, n: $0.count) }
        calmar = Self.calmar(cagr, deepest)
    }

    private static func calmar(_ cagr: Figure<Double>, _ deepest: Double) -> Figure<Double> {
        guard case .value(let rate, let n) = cagr else { return cagr }
        guard deepest > 0 else { return .null(reason: "the index of returns never fell", n: n) }
        return .finite(rate / deepest, n: n)
    }

    /// The returns of a period, or why there are none.
    private struct Returns {
        let all: [Double]
        /// The logarithm of Π(1 + r).
        private let logarithm: Double
        let whyNone: String?
        let moments: Moments
        let falls: [IndexDrawdown]

        init(_ series: EquitySeries) {
            all = series.returns
            logarithm = series.indexLogarithms.last ?? 0
            whyNone = series.whyNoReturns
            moments = Moments(of: all)
            falls = whyNone == nil ? IndexDrawdown.all(of: series.indexLogarithms, from: series.days[0].day) : []
        }

        /// A figure, or null where there are no returns.
        func figure<Value>(_ compute: (Moments) -> Figure<Value>) -> Figure<Value> {
            if let whyNone { return .null(reason: whyNone, n: all.count) }
            return compute(moments)
        }

        /// A figure, or null where there are no returns or fewer than a number of days.
        private func figure(days countMin: Int, _ compute: (Moments) -> Figure<Double>) -> Figure<Double> {
            figure { moments in
                moments.count < countMin
                    ? .null(reason: "fewer than \(countMin) days", n: moments.count) : compute(moments)
            }
        }

        var sharpe: Figure<Double> {
            figure(days: 2) {
                guard $0.isSpread else { return .null(reason: "all returns are equal", n: $0.count) }
                return .finite($0.mean / $0.sampleDeviation * sqrt(daysPerYear), n: $0.count)
            }
        }

        var sortino: Figure<Double> {
            figure(days: 1) {
                var squares = CompensatedSum()
                for loss in all where loss < 0 { squares.add(loss * loss) }
                guard squares.value > 0 else { return .null(reason: "no day has a loss", n: $0.count) }
                return .finite($0.mean / sqrt(squares.value / Double($0.count)) * sqrt(daysPerYear), n: $0.count)
            }
        }

        var volatility: Figure<Double> {
            figure(days: 2) { .finite($0.sampleDeviation * sqrt(daysPerYear), n: $0.count) }
        }

        var twr: Figure<Double> { figure { .finite(expm1(logarithm), n: $0.count) } }

        var cagr: Figure<Double> {
            figure(days: 30) { .finite(expm1(logarithm * daysPerYear / Double($0.count)), n: $0.count) }
        }

        /// The 5 % quantile, and the mean of what is not above it.
        var tail: (Figure<Double>, Figure<Double>) {
            let sorted = all.sorted()
            let quantile = { sorted[(sorted.count - 1) / 20] }
            return (
                figure(days: 20) { .finite(quantile(), n: $0.count) },
                figure(days: 20) {
                    .finite(Moments(of: Array(sorted.prefix { $0 <= quantile() })).mean, n: $0.count)
                }
            )
        }

        func shape(_ measure: KeyPath<Moments, Double>) -> Figure<Double> {
            figure(days: 4) {
                guard $0.isSpread else { return .null(reason: "all returns are equal", n: $0.count) }
                return .finite($0[keyPath: measure], n: $0.count)
            }
        }
    }
}

extension EquitySeries {
    /// What was paid in (negative) and out by day; the equity at the end counts as paid out on the last day.
    fileprivate var payments: [YearlyRate.Payment] {
        days.enumerated().compactMap { offset, day in
            var amount = CompensatedSum()
            if offset == 0 { amount.add(-BinaryQuotient.of(openingEquity)) }
            amount.add(-BinaryQuotient.of(day.capitalIn))
            amount.add(BinaryQuotient.of(day.capitalOut))
            if offset == days.count - 1 { amount.add(BinaryQuotient.of(day.equity)) }
            return amount.value == 0 ? nil : YearlyRate.Payment(day: day.day, amount: amount.value)
        }
    }
}

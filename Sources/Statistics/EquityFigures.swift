internal import Projections
internal import TradeModel

/// The figures of the equity of a set, in one convention.
struct EquityFigures: Sendable {
    /// The net capital at the end of the period.
    let capital: Figure<Decimal>
    /// The equity at the end of the period.
    let equity: Figure<Decimal>
    /// The sum of the equity of each day; `n` is how many days.
    let sumOfDays: Figure<ExactSum>
    /// How many daily returns there are.
    let dayCount: Figure<Int>
    /// The equity of each day; nil where there is no capital.
    let curve: [Double]?
    /// The day on which equity was 0 or less.
    let endedOn: CalendarDay?
    let textbook: TextbookFigures?
    let freqtrade: FreqtradeFigures?
    /// What lacks a price: pairs, without which amounts are null, and positions on a day, which count as 0 then.
    let unpriced: [String]
    /// Why none of the figures from returns exists.
    let whyNone: String?

    init(_ input: SetInput, _ query: PerformanceQuery, _ span: SetInput.Span, _ drawdown: PnLDrawdown) {
        let whyNone = Self.whyNone(input, query)
        self.whyNone = whyNone
        var series = EquitySeries()
        var unpricedDays: [String] = []
        if whyNone == nil {
            let moved = input.movements(query, span.days)
            series = moved.movements.series(from: span.days.lowerBound, through: span.days.upperBound)
            unpricedDays = moved.unpriced
        }
        unpriced = (input.unpriced + unpricedDays).sorted()
        let capital = Self.figure(whyNone == nil ? input.capital(query, span.days) : nil, whyNone, series)
        self.capital = capital
        equity = Self.figure(series.hasCapital ? ExactSum(series.equity) : nil, whyNone, series)
        sumOfDays = Self.sumOfDays(series, whyNone)
        curve = series.hasCapital ? series.days.map { BinaryQuotient.of($0.equity) } : nil
        endedOn = series.equityEndedOn
        switch query.convention {
        case .textbook:
            dayCount =
                (whyNone ?? series.whyNoReturns).map { .null(reason: $0, n: series.returns.count) }
                ?? .value(series.returns.count, n: series.returns.count)
            textbook = TextbookFigures(series, drawdown)
            freqtrade = nil
        case .freqtrade:
            dayCount = .null(reason: Reason.notInConvention, n: 0)
            textbook = nil
            freqtrade = FreqtradeFigures(
                pnl: input.trades.lazy.map(\.pnl),
                drawdown,
                capital: capital.value,
                from: span.since,
                to: span.until
            )
        }
    }

    /// A figure of equity, or why there is none.
    func figure<Value>(_ figure: Figure<Value>) -> Figure<Value> {
        whyNone.map { .null(reason: $0, n: figure.n) } ?? figure
    }

    private static func whyNone(_ input: SetInput, _ query: PerformanceQuery) -> String? {
        if query.capital == nil, !query.hasFlows { return Reason.needsCapital }
        let unpriced = input.unpriced
        guard !unpriced.isEmpty else { return nil }
        let named = unpriced.prefix(unpricedNamedMax).joined(separator: ", ")
        return "there is no price of \(named)" + (unpriced.count > unpricedNamedMax ? " and others" : "")
    }

    private static let unpricedNamedMax = 3

    /// A sum at the end of the period; nil where there is no capital.
    private static func figure(_ sum: ExactSum?, _ whyNone: String?, _ series: EquitySeries) -> Figure<Decimal> {
        let n = series.days.count
        guard let sum else { return .null(reason: whyNone ?? EquitySeries.noCapital, n: n) }
        guard let value = sum.value else { return .null(reason: Reason.beyondRange, n: n) }
        return .value(value, n: n)
    }

    private static func sumOfDays(_ series: EquitySeries, _ whyNone: String?) -> Figure<ExactSum> {
        let n = series.days.count
        if let reason = whyNone ?? series.whyNoReturns { return .null(reason: reason, n: n) }
        var sum = ExactSum()
        for day in series.days { sum.add(ExactSum(day.equity)) }
        return .value(sum, n: n)
    }
}

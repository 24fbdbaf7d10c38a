internal import Glibc
package import TradeModel

/// The equity of every calendar day of a period, and the return of each.
///
/// The return of a day is (equity + what went out) / (equity of the day before + what came in) − 1, so capital that
/// comes in counts from the beginning of its day, and capital that goes out until the end. It is computed exactly, and
/// rounded once to binary64. It is 0 where there is neither equity nor P&L, as before the first deposit.
package struct EquitySeries: Sendable {
    /// A calendar day.
    package struct Day: Sendable {
        /// The day.
        package let day: CalendarDay
        /// What came in on the day.
        package let capitalIn: DecimalSum
        /// What went out on the day; not negative.
        package let capitalOut: DecimalSum
        /// The P&L of the trades closed on the day, and results such as interest.
        package let pnl: DecimalSum
        /// Capital, P&L, and unrealised P&L where it was added, at the end of the day.
        package let equity: DecimalSum
    }

    /// Why a day ends the returns.
    package enum Ending: Hashable, Sendable {
        /// The equity is 0 or less at the end of the day, other than by having neither capital nor P&L.
        case noEquity(CalendarDay)
        /// The day has P&L, but no equity at its beginning to which it could relate.
        case noBase(CalendarDay)
        /// The sums are beyond ±10^39.
        case beyondRange(CalendarDay)

        /// A clause for people.
        package var reason: String {
            switch self {
            case .noEquity(let day): "equity was 0 or less on \(day), which ends the series"
            case .noBase(let day): "\(day) has P&L without equity before it, which ends the series"
            case .beyondRange(let day): "the equity of \(day) is beyond the range of sums, which ends the series"
            }
        }
    }

    /// The equity with which the first day begins, before what comes in on it.
    package private(set) var openingEquity = DecimalSum()
    /// Every calendar day, up to the first one whose sums are beyond their range.
    package private(set) var days: [Day] = []
    /// The returns of the days, up to the one that ends them.
    package private(set) var returns: [Double] = []
    /// The logarithm of Π(1 + r) at the end of each day, up to the last day with equity.
    private(set) var indexLogarithms: [Double] = []
    /// What ends the returns before the last day, or on it; nil where nothing does.
    package private(set) var ending: Ending?
    /// What came in up to the last day, less what went out.
    package private(set) var netCapital = DecimalSum()
    /// Whether any capital ever came in.
    package private(set) var hasCapital = false

    /// The series of no day.
    package init() {}

    /// The equity at the end of the last day.
    package var equity: DecimalSum { days.last?.equity ?? openingEquity }

    /// The day on which equity was 0 or less; nil where it never was.
    package var equityEndedOn: CalendarDay? {
        if hasCapital, case .noEquity(let day) = ending { day } else { nil }
    }

    static let noCapital = "no capital is on record; pass --capital or record account.deposited"

    /// Why there are no figures from returns; nil where there are returns for every day.
    package var whyNoReturns: String? {
        if case .beyondRange = ending { return ending?.reason }
        if !hasCapital { return Self.noCapital }
        return ending?.reason ?? (days.isEmpty ? "the period has no day" : nil)
    }
}

extension EquitySeries {
    /// Appends days in their order.
    struct Builder {
        private(set) var series = EquitySeries()
        private var netPnL = DecimalSum()
        private var equityBefore = DecimalSum()
        /// Nil after a day with a flow out, and at the beginning.
        private var chain: Chain?

        /// Begins with all that moved before the first day.
        init(before: EquityMovements.Day, _ first: CalendarDay) {
            do throws(DecimalError) {
                equityBefore = try equity(after: before.sums())
                series.openingEquity = equityBefore
            } catch {
                series.ending = .beyondRange(first)
            }
        }

        /// Appends the next day.
        mutating func append(_ moved: EquityMovements.Day, _ day: CalendarDay) {
            if case .beyondRange = series.ending { return }
            do throws(DecimalError) {
                let sums = try moved.sums()
                let equity = try equity(after: sums)
                let ofDay = Day(
                    day: day,
                    capitalIn: sums.capitalIn,
                    capitalOut: sums.capitalOut,
                    pnl: sums.pnl,
                    equity: equity
                )
                series.days.append(ofDay)
                if series.ending == nil { try appendReturn(ofDay) }
                equityBefore = equity
            } catch {
                series.ending = .beyondRange(day)
            }
        }

        private mutating func equity(after moved: EquityMovements.Sums) throws(DecimalError) -> DecimalSum {
            series.hasCapital = series.hasCapital || moved.capitalIn.isPositive
            try series.netCapital.add(moved.capitalIn)
            try series.netCapital.add(moved.capitalOut.negated)
            try netPnL.add(moved.pnl)
            var equity = netPnL
            try equity.add(series.netCapital)
            try equity.add(moved.unrealised)
            return equity
        }

        private mutating func appendReturn(_ day: Day) throws(DecimalError) {
            var base = equityBefore
            try base.add(day.capitalIn)
            var outcome = day.equity
            try outcome.add(day.capitalOut)
            if base.isPositive {
                series.returns.append(BinaryQuotient.of(try Self.difference(outcome, base), by: base))
                guard day.equity.isPositive else {
                    series.ending = .noEquity(day.day)
                    return
                }
                if day.capitalIn.isPositive || chain == nil { chain = Chain(base: base, logarithm: indexLogarithm) }
                series.indexLogarithms.append(try chain?.logarithm(of: outcome) ?? 0)
                if day.capitalOut.isPositive { chain = nil }
            } else if base.isZero, outcome.isZero, day.equity.isZero {
                series.returns.append(0)
                series.indexLogarithms.append(indexLogarithm)
            } else {
                series.ending = day.equity.isPositive ? .noBase(day.day) : .noEquity(day.day)
            }
        }

        private var indexLogarithm: Double { series.indexLogarithms.last ?? 0 }

        fileprivate static func difference(
            _ left: DecimalSum,
            _ right: DecimalSum
        ) throws(DecimalError) -> DecimalSum {
            var difference = left
            try difference.add(right.negated)
            return difference
        }
    }

    /// Days between flows: the product of their factors 1 + r is one quotient, which is exact.
    ///
    /// So equity that returns to a value returns the index to exactly the same number, and without flows the index is
    /// the last equity by the first.
    private struct Chain {
        let base: DecimalSum
        /// The logarithm of the index at the base.
        let logarithm: Double

        func logarithm(of outcome: DecimalSum) throws(DecimalError) -> Double {
            let change = BinaryQuotient.of(try Builder.difference(outcome, base), by: base)
            // Near −1, the change would not show what is left.
            return logarithm + (change > -0.5 ? log1p(change) : log(BinaryQuotient.of(outcome, by: base)))
        }
    }
}

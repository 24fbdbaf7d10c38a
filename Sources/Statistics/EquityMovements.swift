internal import Projections
package import TradeModel

/// What moves the equity of one set of trades, by day in UTC.
///
/// Amounts are in one currency. Memory grows with the days that have a movement, not with trades. A value that was
/// added is taken back by adding its negative, as after a late adjustment of a closed trade.
package struct EquityMovements: Sendable {
    struct Day: Sendable {
        var capitalIn = ExactSum()
        var capitalOut = ExactSum()
        var pnl = ExactSum()
        var unrealised = ExactSum()

        /// The sums with all their digits; `outOfRange` where one is unknown.
        func sums() throws(DecimalError) -> Sums {
            Sums(
                capitalIn: try capitalIn.known,
                capitalOut: try capitalOut.known,
                pnl: try pnl.known,
                unrealised: try unrealised.known
            )
        }
    }

    struct Sums {
        let capitalIn: DecimalSum
        let capitalOut: DecimalSum
        let pnl: DecimalSum
        let unrealised: DecimalSum
    }

    private var days: [CalendarDay: Day] = [:]

    /// No movement.
    package init() {}

    /// Adds a flow of capital: positive came in, negative went out.
    package mutating func addFlow(_ amount: Decimal, on day: CalendarDay) {
        if amount.isNegative {
            days[day, default: Day()].capitalOut.add(amount.negated)
        } else {
            days[day, default: Day()].capitalIn.add(amount)
        }
    }

    /// Adds the P&L of a trade closed on a day, or an adjustment of an account that is P&L.
    package mutating func addPnL(_ pnl: Decimal, on day: CalendarDay) {
        days[day, default: Day()].pnl.add(pnl)
    }

    /// Adds the P&L, at the end of a day, of a trade that is open then.
    ///
    /// It counts for that day only: a trade that stays open is added on each day.
    package mutating func addUnrealised(_ pnl: Decimal, on day: CalendarDay) {
        days[day, default: Day()].unrealised.add(pnl)
    }

    /// The equity of every calendar day of a period.
    ///
    /// What moved before the first day is the equity with which it begins; what moves after the last day does not
    /// count. Costs the days of the period and those with a movement.
    package func series(from first: CalendarDay, through last: CalendarDay) -> EquitySeries {
        var before = Day()
        for (day, moved) in days where day < first {
            before.capitalIn.add(moved.capitalIn)
            before.capitalOut.add(moved.capitalOut)
            before.pnl.add(moved.pnl)
        }
        let eve = CalendarDay(daysSince1970: first.daysSince1970 - 1)
        before.unrealised = days[eve]?.unrealised ?? ExactSum()
        var builder = EquitySeries.Builder(before: before, first)
        var day = first
        while day <= last {
            builder.append(days[day] ?? Day(), day)
            day = day.next
        }
        return builder.series
    }
}

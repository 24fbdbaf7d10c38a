package import Projections
package import TradeModel

/// The equity of each UTC day by currency, as the view `equity_daily` has it: nothing is converted, and transfers stay
/// within the ledger.
///
/// Memory grows with the days that have a movement, not with trades.
package struct DailyEquity: Sendable {
    /// A day of a currency.
    package struct Row: Sendable {
        /// The currency.
        package let quote: ByteText
        /// What came in, what went out, what was realized, and the equity at the end.
        package let day: EquitySeries.Day
    }

    /// The days of a currency that have a row: those of flows and closes, and the first day of an open.
    private struct Days {
        var movements = EquityMovements()
        /// How many flows, results and closes each day has.
        var moves: [CalendarDay: Int] = [:]
        /// How many trades that are not voided were opened on each day.
        var opens: [CalendarDay: Int] = [:]

        /// From the first day through the last one; nil where there is none.
        var span: ClosedRange<CalendarDay>? {
            let moved = moves.filter { $0.value > 0 }.keys
            let opened = opens.filter { $0.value > 0 }.keys.min()
            guard let first = [moved.min(), opened].compactMap({ $0 }).min() else { return nil }
            return first...([moved.max(), opened].compactMap { $0 }.max() ?? first)
        }
    }

    private var currencies: [ByteText: Days] = [:]

    /// Before the first event.
    package init() {}

    /// Takes in the next event that is on record.
    ///
    /// `settled` is the trade that it changed if that is not open after it, and `before` the same trade before the
    /// event if it was not open then either.
    package mutating func apply(_ event: Event, _ settled: TradeHistory?, before: TradeHistory?) {
        if let trade = before?.trade, trade.status == .closed { count(trade, -1) }
        if let trade = settled?.trade, trade.status == .closed { count(trade, 1) }
        guard !event.body.type.isAboutTrade else { return }
        let day = CalendarDay(of: event.body.occurredAt)
        for flow in FlowRow.all(of: event) where !flow.isTransfer {
            currencies[flow.currency, default: Days()].movements.addFlow(flow.amount, on: day)
            currencies[flow.currency, default: Days()].moves[day, default: 0] += 1
        }
        if let result = FlowRow.result(of: event) {
            currencies[result.currency, default: Days()].movements.addPnL(result.amount, on: day)
            currencies[result.currency, default: Days()].moves[day, default: 0] += 1
        }
    }

    /// Counts a closed trade, or takes it out.
    private mutating func count(_ trade: Trade, _ times: Int) {
        guard let closedAt = trade.closedAt else { return }
        let (quote, day) = (ByteText(trade.quote), CalendarDay(of: closedAt))
        let pnl = trade.realizedPnL
        currencies[quote, default: Days()].movements.addPnL(times > 0 ? pnl : pnl.negated, on: day)
        currencies[quote, default: Days()].moves[day, default: 0] += times
        currencies[quote, default: Days()].opens[CalendarDay(of: trade.openedAt), default: 0] += times
    }

    /// Takes in the trades that are open after the last event.
    package mutating func finish(_ openTrades: [TradeHistory]) {
        for trade in openTrades.lazy.map(\.trade) {
            let day = CalendarDay(of: trade.openedAt)
            currencies[ByteText(trade.quote), default: Days()].opens[day, default: 0] += 1
        }
    }

    /// The days of a currency, or of all of them, in the order of currencies, then of days; at most so many, from a
    /// currency and a day on.
    ///
    /// Throws the reason where sums are beyond their range.
    package func rows(
        of quote: ByteText? = nil,
        from first: (quote: ByteText, day: CalendarDay)? = nil,
        rowCountMax: Int
    ) throws(OutOfRange) -> [Row] {
        var rows: [Row] = []
        for (currency, days) in currencies.sorted(by: { $0.key < $1.key }) {
            guard quote == nil || currency == quote, let span = days.span else { continue }
            var start = span.lowerBound
            if let first {
                if currency < first.quote { continue }
                if currency == first.quote { start = max(start, first.day) }
            }
            guard start <= span.upperBound else { continue }
            let room = rowCountMax - rows.count
            guard room > 0 else { return rows }
            let isLast = span.upperBound.daysSince1970 - start.daysSince1970 < room
            let end = isLast ? span.upperBound : CalendarDay(daysSince1970: start.daysSince1970 + room - 1)
            let series = days.movements.series(from: start, through: end)
            if case .beyondRange = series.ending { throw OutOfRange(reason: series.ending?.reason ?? "") }
            rows += series.days.map { Row(quote: currency, day: $0) }
        }
        return rows
    }

    /// Sums that do not fit.
    package struct OutOfRange: Error {
        /// A clause for people.
        package let reason: String
    }
}

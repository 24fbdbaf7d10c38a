internal import Projections
internal import TradeModel

/// What the figures of one set rest on.
struct SetInput {
    let key: TradeSetKey
    /// The trades closed by the end of the period, in the order of figures, also those closed before the period.
    let known: ArraySlice<ClosedTrade>
    /// Those closed in the period; at least one.
    let trades: ArraySlice<ClosedTrade>
    let sums: TradeSums
    /// The flows and results of the set that count, in its currency.
    let flows: [AccountFlow]
    /// When the first trade of the set was opened.
    let firstOpen: Int64
    /// The pairs whose price is missing at a close in the period.
    let unpricedTrades: [String]
    /// The same at a flow, or at a close before the period.
    let unpricedEquity: [String]
    /// What was held at the ends of days, where marks are asked for.
    let positions: [HeldPosition]
    let prices: PriceHistory

    /// The pairs without a price, without which amounts are unknown.
    var unpriced: [String] { Set(unpricedTrades + unpricedEquity).sorted() }

    /// The period of the figures.
    struct Span {
        let since: Timestamp
        let until: Timestamp
        /// The calendar days of equity.
        let days: ClosedRange<CalendarDay>
    }

    /// The period: as asked for, else from the first open, or the first flow where flows count, to the last close.
    func span(_ query: PerformanceQuery) -> Span {
        let lastClose = trades.last?.closedAt ?? firstOpen
        let end = query.until ?? Timestamp(microsecondsSince1970: lastClose)
        // The end of a period is not in it, but the last close is.
        let lastMoment = query.until.map { Timestamp(microsecondsSince1970: $0.microsecondsSince1970 - 1) } ?? end
        let lastDay = CalendarDay(of: lastMoment)
        let firstFlow = flows.map(\.time).min() ?? firstOpen
        let start: Timestamp
        switch query.convention {
        case _ where query.since != nil: start = query.since ?? end
        case .freqtrade:
            let firstOfTrades = trades.map(\.openedAt).min() ?? firstOpen
            start = Timestamp(microsecondsSince1970: firstOfTrades)
        case .textbook: start = Timestamp(microsecondsSince1970: min(firstFlow, firstOpen))
        }
        let firstDay =
            query.since.map { CalendarDay(of: $0) }
            ?? CalendarDay(of: Timestamp(microsecondsSince1970: min(firstFlow, firstOpen)))
        return Span(since: start, until: end, days: min(firstDay, lastDay)...lastDay)
    }

    /// The sum of the P&L of the period at the end of each day.
    func sumOfPnL(_ days: ClosedRange<CalendarDay>) -> [Double] {
        var movements = EquityMovements()
        for trade in trades { movements.addPnL(trade.pnl, on: trade.closedOn) }
        let series = movements.series(from: days.lowerBound, through: days.upperBound)
        return series.days.map { BinaryQuotient.of($0.equity) }
    }

    /// The net capital at the end of the period; nil where none ever came in.
    func capital(_ query: PerformanceQuery, _ days: ClosedRange<CalendarDay>) -> ExactSum? {
        var sum = ExactSum()
        if let capital = query.capital {
            sum.add(capital)
            return sum
        }
        let counted = flows.filter { !$0.isResult && $0.day <= days.upperBound }
        for flow in counted { sum.add(flow.amount) }
        return counted.contains { $0.amount.isPositive } ? sum : nil
    }

    /// What moves the equity of the set, and the days on which a position has no price.
    func movements(
        _ query: PerformanceQuery,
        _ days: ClosedRange<CalendarDay>
    ) -> (movements: EquityMovements, unpriced: [String]) {
        var movements = EquityMovements()
        if let capital = query.capital { movements.addFlow(capital, on: days.lowerBound) }
        // A capital is that of the beginning of the period, so what came before it is part of the capital.
        for trade in query.capital == nil ? known : trades { movements.addPnL(trade.pnl, on: trade.closedOn) }
        for flow in flows {
            if flow.isResult {
                movements.addPnL(flow.amount, on: flow.day)
            } else {
                movements.addFlow(flow.amount, on: flow.day)
            }
        }
        var unpriced: [String] = []
        // The equity with which the period begins is marked, too.
        let eve = CalendarDay(daysSince1970: days.lowerBound.daysSince1970 - 1)
        for position in positions {
            let marks = position.marks(eve...days.upperBound, prices, base: query.base, until: query.until)
            for (day, pnl) in marks.days { movements.addUnrealised(pnl, on: day) }
            unpriced += marks.unpriced
        }
        return (movements, unpriced)
    }
}

extension ClosedTrade {
    fileprivate var closedOn: CalendarDay { CalendarDay(of: Timestamp(microsecondsSince1970: closedAt)) }
}

extension AccountFlow {
    var day: CalendarDay { CalendarDay(of: Timestamp(microsecondsSince1970: time)) }
}

internal import Projections
internal import TradeModel

/// A position of a set, with the currency of its amounts.
struct HeldPosition: Sendable {
    let symbol: ByteText
    let currency: ByteText
    let changes: [CalendarDay: Holdings.Change]

    /// The unrealised P&L at the end of each of some days, in a base currency where one is given, and what lacks a
    /// price for it: that counts as 0.
    ///
    /// The price of a day is the last one up to its end, or up to `until`.
    func marks(
        _ days: ClosedRange<CalendarDay>,
        _ prices: PriceHistory,
        base: ByteText?,
        until: Timestamp?
    ) -> (days: [(CalendarDay, Decimal)], unpriced: [String]) {
        var held = Holdings.Change()
        for (day, change) in changes where day < days.lowerBound { held.add(change) }
        var marked: [(CalendarDay, Decimal)] = []
        var unpriced: [String] = []
        var day = days.lowerBound
        while day <= days.upperBound {
            if let change = changes[day] { held.add(change) }
            if !held.isZero {
                let end = min(day.next.start, until ?? .max).microsecondsSince1970 - 1
                if let pnl = unrealised(held, prices, at: end, base) {
                    marked.append((day, pnl))
                } else {
                    unpriced.append("\(symbol.text) on \(day)")
                }
            }
            day = day.next
        }
        return (marked, unpriced)
    }

    private func unrealised(
        _ held: Holdings.Change,
        _ prices: PriceHistory,
        at time: Int64,
        _ base: ByteText?
    ) -> Decimal? {
        guard !PositionRow.isInverse(symbol, quote: currency), let mark = prices.price(of: symbol, at: time),
            let amount = held.amount.value, let cost = held.cost.value
        else { return nil }
        do throws(DecimalError) {
            let pnl = try amount.multiplied(by: mark).subtracting(cost)
            guard let base else { return pnl }
            return prices.rate(of: currency, in: base, at: time).flatMap { pnl.converted(at: $0) }
        } catch {
            return nil
        }
    }
}

internal import Projections
internal import TradeModel

/// What trades held, by set, symbol and day: the amount that comes or goes on a day, and its cost.
///
/// Both are negative for a short position. Memory holds the open trades, and for each set and symbol the days on which
/// what is held overnight changes; not the trades.
struct Holdings: Sendable {
    /// What changes on a day.
    struct Change: Sendable {
        var amount = ExactSum()
        var cost = ExactSum()

        mutating func add(_ other: Change) {
            amount.add(other.amount)
            cost.add(other.cost)
        }

        mutating func subtract(_ other: Change) {
            amount.subtract(other.amount)
            cost.subtract(other.cost)
        }

        var isZero: Bool { amount.isZero && cost.isZero }
    }

    /// The changes of one trade.
    struct OfTrade: Sendable {
        fileprivate var days: [CalendarDay: Change] = [:]
        private var held = Change()

        /// Takes in the trade after an event of it, which happened on a day.
        mutating func add(_ trade: Trade, on day: CalendarDay) {
            let now = Change(held: trade)
            var change = now
            change.subtract(held)
            held = now
            days[day, default: Change()].add(change)
        }

        /// A closed trade holds nothing any more, whenever its other events are said to have happened.
        mutating func close(on day: CalendarDay) {
            for (late, change) in days where late > day {
                days[day, default: Change()].add(change)
                days[late] = nil
            }
        }
    }

    /// By set and symbol.
    private(set) var positions: [Key: [CalendarDay: Change]] = [:]
    /// By the sequence of the open.
    private var openTrades: [UInt64: OfTrade] = [:]

    struct Key: Hashable, Sendable {
        let set: UInt32
        let symbol: ByteText
    }

    /// Takes in an open trade after an event of it.
    mutating func add(_ trade: Trade, on day: CalendarDay) {
        openTrades[trade.firstSequence, default: OfTrade()].add(trade, on: day)
    }

    /// Takes a trade out that is not open any more, or whose ledger ends, and returns its changes.
    mutating func remove(_ trade: Trade) -> OfTrade {
        openTrades.removeValue(forKey: trade.firstSequence) ?? OfTrade()
    }

    /// Adds the changes of a trade to a position, or takes them out.
    mutating func add(_ trade: OfTrade, to key: Key, isAdded: Bool) {
        for (day, change) in trade.days where !change.isZero {
            var sum = positions[key]?[day] ?? Change()
            if isAdded { sum.add(change) } else { sum.subtract(change) }
            positions[key, default: [:]][day] = sum.isZero ? nil : sum
        }
    }
}

extension Holdings.Change {
    /// What a trade holds.
    fileprivate init(held trade: Trade) {
        let isLong = trade.side == .buy
        amount.add(isLong ? trade.openAmount : trade.openAmount.negated)
        cost.add(isLong ? trade.entryNotional : trade.entryNotional.negated)
        cost.add(isLong ? trade.closedCost.negated : trade.closedCost)
    }
}

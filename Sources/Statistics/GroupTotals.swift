package import Projections
package import TradeModel

/// The line of a group in a table of groups: sums alone, which need no trade once more.
package struct GroupTotals: Sendable {
    package private(set) var count = 0
    package private(set) var winCount = 0
    package private(set) var lossCount = 0
    /// The sum of the P&L.
    package private(set) var pnl = ExactSum()
    private var pnlPercent = ExactSum()
    /// How long all trades were held together, in microseconds.
    private var held: Int128 = 0

    /// No trade.
    package init() {}

    init(_ trade: Trade, _ figures: TradeFigures) {
        count = 1
        winCount = figures.realizedPnL.isPositive ? 1 : 0
        lossCount = figures.realizedPnL.isNegative ? 1 : 0
        pnl.add(figures.realizedPnL)
        pnlPercent.add(figures.pnlPercent)
        held = Int128((trade.closedAt ?? trade.openedAt).microsecondsSince1970 - trade.openedAt.microsecondsSince1970)
    }

    init(_ figures: SetFigures) {
        (count, winCount, lossCount) = (figures.trades.count, figures.trades.winCount, figures.trades.lossCount)
        pnl = figures.netPnL.value == nil ? .unknown : figures.trades.netPnL
        pnlPercent = figures.sums.pnlPercent
        held = figures.trades.holding.sum
    }

    /// How many trades have a P&L of exactly 0.
    package var drawCount: Int { count - winCount - lossCount }

    /// wins / trades; nil without a trade.
    package var winRate: Decimal? { ratio(winCount) }

    /// The mean of the trades' `pnl_pct`.
    package var pnlPercentMean: Decimal? { pnlPercent.mean(of: UInt64(max(count, 0))) }

    /// For how many seconds a trade was held on average.
    package var heldMean: Decimal? {
        guard count > 0 else { return nil }
        do throws(DecimalError) {
            let divisor = Decimal(canonicalCoefficient: Int128(count) * 1_000_000, scale: 0)
            return try Decimal.quotient(try Decimal(coefficient: held, scale: 0), by: divisor)
        } catch {
            return nil
        }
    }

    private func ratio(_ part: Int) -> Decimal? {
        guard count > 0 else { return nil }
        let (part, count) = (Int128(part), Int128(count))
        do throws(DecimalError) {
            return try Decimal.quotient(
                Decimal(canonicalCoefficient: part, scale: 0),
                by: Decimal(canonicalCoefficient: count, scale: 0)
            )
        } catch {
            return nil
        }
    }

    /// Adds other trades.
    package mutating func add(_ other: GroupTotals) { add(other, sign: 1) }

    /// Takes other trades out.
    mutating func subtract(_ other: GroupTotals) { add(other, sign: -1) }

    private mutating func add(_ other: GroupTotals, sign: Int) {
        count += sign * other.count
        winCount += sign * other.winCount
        lossCount += sign * other.lossCount
        held += Int128(sign) * other.held
        if sign > 0 {
            pnl.add(other.pnl)
            pnlPercent.add(other.pnlPercent)
        } else {
            pnl.subtract(other.pnl)
            pnlPercent.subtract(other.pnlPercent)
        }
    }
}

/// A table of the groups of one currency.
package struct GroupTable: Sendable {
    /// By what trades are grouped.
    package let grouping: Grouping
    /// The currency of all amounts.
    package let quote: ByteText
    /// The groups that have a trade; nil is the group of the trades that have none.
    package let lines: [(group: ByteText?, totals: GroupTotals)]

    /// Whether a trade has a group.
    package var hasGroups: Bool { lines.contains { $0.group != nil } }

    /// All groups together.
    package var total: GroupTotals {
        var total = GroupTotals()
        for line in lines { total.add(line.totals) }
        return total
    }

    /// The tables of groups, one for each currency, in the order of their names.
    static func all(_ grouping: Grouping, _ groups: [TradeSetKey: GroupTotals]) -> [GroupTable] {
        let byCurrency = Dictionary(grouping: groups.filter { $0.value.count > 0 }) { $0.key.currency }
        return byCurrency.sorted { $0.key < $1.key }.map { currency, groups in
            let sorted = groups.sorted { grouping.isBefore($0.key.group, $1.key.group) }
            return GroupTable(grouping: grouping, quote: currency, lines: sorted.map { ($0.key.group, $0.value) })
        }
    }

    /// The tables of the sets that were computed by a group.
    package static func all(_ grouping: Grouping, _ sets: [SetFigures]) -> [GroupTable] {
        let groups = sets.map { (TradeSetKey(group: $0.group, currency: $0.quote), GroupTotals($0)) }
        return all(grouping, Dictionary(uniqueKeysWithValues: groups))
    }
}

internal import Projections
internal import TradeModel

/// The counts, sums and times of the trades of a set that were closed in a period.
struct TradeStatistics: Sendable {
    /// A streak of trades with the same result.
    private struct Streak {
        var longest = 0
        private var current = 0

        mutating func add(_ continues: Bool) {
            current = continues ? current + 1 : 0
            longest = max(longest, current)
        }
    }

    let count: Int
    private(set) var winCount = 0
    private(set) var lossCount = 0
    private(set) var grossProfit = ExactSum()
    /// The sum of the losses, not negative.
    private(set) var grossLoss = ExactSum()
    private(set) var largestWin: ClosedTrade?
    private(set) var largestLoss: ClosedTrade?
    private(set) var winStreak = 0
    private(set) var lossStreak = 0
    private(set) var drawdown: PnLDrawdown
    let holding: HoldingTimes
    let openness: Openness

    var drawCount: Int { count - winCount - lossCount }

    var netPnL: ExactSum {
        var sum = grossProfit
        sum.subtract(grossLoss)
        return sum
    }

    /// Computes them for trades in the order of figures.
    ///
    /// `start` and `end` are those of the period. Costs a sort of the times, and 16 bytes for each trade.
    init(
        _ trades: ArraySlice<ClosedTrade>,
        from start: Int64,
        to end: Int64,
        _ convention: PerformanceQuery.Convention
    ) {
        count = trades.count
        drawdown = PnLDrawdown(startingAt: Timestamp(microsecondsSince1970: start))
        holding = HoldingTimes(trades)
        openness = Openness(trades, from: start, to: end)
        var (wins, losses) = (Streak(), Streak())
        for trade in trades {
            drawdown.add(trade.pnl, closedAt: Timestamp(microsecondsSince1970: trade.closedAt))
            add(trade)
            wins.add(trade.pnl.isPositive)
            losses.add(trade.pnl.isNegative || convention == .freqtrade && trade.pnl.isZero)
        }
        (winStreak, lossStreak) = (wins.longest, losses.longest)
    }

    private mutating func add(_ trade: ClosedTrade) {
        if trade.pnl.isPositive {
            winCount += 1
            grossProfit.add(trade.pnl)
            if largestWin.map({ $0.pnl < trade.pnl }) ?? true { largestWin = trade }
        } else if trade.pnl.isNegative {
            lossCount += 1
            grossLoss.add(trade.pnl.negated)
            if largestLoss.map({ trade.pnl < $0.pnl }) ?? true { largestLoss = trade }
        }
    }
}

/// For how long trades were held, exactly.
struct HoldingTimes: Sendable {
    private let count: Int
    /// In microseconds.
    let sum: Int128
    /// Twice the median, which may lie between two microseconds.
    private let doubledMedian: Int128
    private let shortest: Int64
    private let longest: Int64

    init(_ trades: ArraySlice<ClosedTrade>) {
        let times = trades.map { $0.closedAt - $0.openedAt }.sorted()
        count = times.count
        sum = times.reduce(0) { $0 + Int128($1) }
        (shortest, longest) = (times.first ?? 0, times.last ?? 0)
        doubledMedian = times.isEmpty ? 0 : Int128(times[(count - 1) / 2]) + Int128(times[count / 2])
    }

    var mean: Figure<Decimal> { figure { () throws(DecimalError) in try Self.seconds(sum, count) } }
    var median: Figure<Decimal> { figure { () throws(DecimalError) in try Self.seconds(doubledMedian, 2) } }
    var min: Figure<Decimal> { figure { () throws(DecimalError) in try Self.seconds(Int128(shortest), 1) } }
    var max: Figure<Decimal> { figure { () throws(DecimalError) in try Self.seconds(Int128(longest), 1) } }

    private func figure(_ value: () throws(DecimalError) -> Decimal) -> Figure<Decimal> {
        if count == 0 { return .null(reason: Reason.noTrade, n: 0) }
        do throws(DecimalError) { return .value(try value(), n: count) } catch {
            return .null(reason: Reason.beyondRange, n: count)
        }
    }

    private static func seconds(_ microseconds: Int128, _ divisor: Int) throws(DecimalError) -> Decimal {
        let divisor = try Decimal(coefficient: Int128(divisor) * 1_000_000, scale: 0)
        return try Decimal.quotient(try Decimal(coefficient: microseconds, scale: 0), by: divisor)
    }
}

/// For how much of a period trades were open, and how many at once.
///
/// A trade is open from its open to just before its close, so a trade whose open and close have one time never is.
struct Openness: Sendable {
    /// The most trades that were open at once.
    private(set) var countMax = 0
    /// For how many microseconds of the period at least one trade was open.
    private(set) var microseconds: Int64 = 0

    /// Trades in the order of their closes, each of which is in the period.
    init(_ trades: ArraySlice<ClosedTrade>, from start: Int64, to end: Int64) {
        let lasting = trades.lazy.filter { max($0.openedAt, start) < $0.closedAt }
        let opens = lasting.map { max($0.openedAt, start) }.sorted()
        var (openIndex, count, since) = (0, 0, start)
        for trade in lasting {
            while openIndex < opens.count, opens[openIndex] < trade.closedAt {
                if count == 0 { since = opens[openIndex] }
                count += 1
                countMax = max(countMax, count)
                openIndex += 1
            }
            count -= 1
            if count == 0 { microseconds += min(trade.closedAt, end) - since }
        }
    }
}

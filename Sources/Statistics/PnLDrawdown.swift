package import TradeModel

/// The largest fall of the sum of P&L from its highest value so far, which is at least 0.
///
/// Trades are added in the order of figures. It is exact, and costs the same for each trade.
package struct PnLDrawdown: Sendable {
    /// A fall of the sum of P&L.
    package struct Fall: Sendable, Equatable {
        /// How far the sum fell; 0 where it never did.
        package fileprivate(set) var amount = DecimalSum()
        /// The sum from which it fell.
        package fileprivate(set) var peak = DecimalSum()
        /// When the sum was last at that value before it fell: the close of a trade, or the start of the period.
        package fileprivate(set) var peakAt: Timestamp
        /// When the sum was lowest.
        package fileprivate(set) var troughAt: Timestamp
        /// When the sum first was at the peak again, or above it; nil where it has not been yet.
        package fileprivate(set) var recoveredAt: Timestamp?
    }

    private var total = DecimalSum()
    /// The number of trades.
    private(set) var count = 0
    /// How far the sum is below its highest value so far.
    private var depth = DecimalSum()
    private var peakAt: Timestamp
    private var deepest: Fall
    private var isBeyondRange = false

    /// No trade yet, in a period that starts at this time.
    package init(startingAt start: Timestamp) {
        peakAt = start
        deepest = Fall(peakAt: start, troughAt: start)
    }

    /// Adds the next trade.
    package mutating func add(_ pnl: Decimal, closedAt: Timestamp) {
        count += 1
        guard !isBeyondRange else { return }
        do throws(DecimalError) {
            try move(by: pnl, closedAt)
        } catch {
            isBeyondRange = true
        }
    }

    private mutating func move(by pnl: Decimal, _ time: Timestamp) throws(DecimalError) {
        try total.add(pnl)
        try depth.add(pnl.negated)
        guard depth.isPositive else {
            depth = DecimalSum()
            peakAt = time
            if deepest.amount.isPositive, deepest.recoveredAt == nil { deepest.recoveredAt = time }
            return
        }
        var excess = depth
        try excess.add(deepest.amount.negated)
        guard excess.isPositive else { return }
        var peak = total
        try peak.add(depth)
        deepest = Fall(amount: depth, peak: peak, peakAt: peakAt, troughAt: time)
    }

    /// The deepest fall, the first of several equal ones; null without a trade.
    package var deepestFall: Figure<Fall> {
        if count == 0 { return .null(reason: "no trade was closed", n: 0) }
        if isBeyondRange { return .null(reason: "the sum of P&L is beyond the range of sums", n: count) }
        return .value(deepest, n: count)
    }

    /// The net P&L divided by the deepest fall, rounded half to even at 18 digits after the point.
    package var recoveryFactor: Figure<Decimal> {
        switch deepestFall {
        case .null(let reason, let n): return .null(reason: reason, n: n)
        case .value(let fall, let n):
            guard fall.amount.isPositive else { return .null(reason: "the sum of P&L never fell", n: n) }
            do throws(DecimalError) {
                return .value(try Decimal.quotient(total.decimal(), by: fall.amount.decimal()), n: n)
            } catch {
                return .null(reason: "the quotient is beyond the range of decimals", n: n)
            }
        }
    }

    /// The sum of the P&L of all trades; nil where it is beyond the range of sums.
    var netPnL: DecimalSum? { isBeyondRange ? nil : total }
}

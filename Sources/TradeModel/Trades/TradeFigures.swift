/// What follows from a trade's state: averages and results, in quote currency.
public struct TradeFigures: Hashable, Sendable {
    /// Average price of everything entered.
    public private(set) var entryPrice = Decimal.zero
    /// Average price of everything taken out; nil before any exit.
    public private(set) var exitPrice: Decimal?
    /// Gross P&L of what has been closed − fees + adjustments.
    public private(set) var realizedPnL = Decimal.zero
    /// 100 · realized P&L / cost of what has been closed, 8 decimals half-even; 0 while nothing is closed.
    public private(set) var pnlPercent = Decimal.zero

    static let percentScale = 8

    init() {}

    init(of trade: Trade) throws(DecimalError) {
        entryPrice = try trade.entry.averagePrice ?? .zero
        exitPrice = try trade.exit.averagePrice
        let difference = try trade.exit.notional.subtracting(trade.closedCost)
        let gross = trade.side == .buy ? difference : difference.negated
        realizedPnL = try gross.subtracting(trade.fees).adding(trade.adjustments)
        if !trade.closedCost.isZero {
            pnlPercent = try Decimal.quotient(
                realizedPnL,
                times: Self.hundred,
                by: trade.closedCost,
                decimals: Self.percentScale
            )
        }
    }

    private static let hundred = Decimal(canonicalCoefficient: 100, scale: 0)
}

extension Trade {
    /// Whether it is closed with a profit, on the exact value.
    ///
    /// False for a voided trade.
    public var isWon: Bool { status == .closed && figures.realizedPnL.isPositive }
}

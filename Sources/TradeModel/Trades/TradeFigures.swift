/// What follows from a trade's state: averages and results, in quote currency.
public struct TradeFigures: Hashable, Sendable {
    /// Average price of everything entered.
    public let entryPrice: Decimal
    /// Average price of everything taken out; nil before any exit.
    public let exitPrice: Decimal?
    /// Gross P&L of what has been closed − fees + adjustments; dust that fees took counts at their value.
    public let realizedPnL: Decimal
    /// 100 · realized P&L / cost of what has been closed, 8 decimals half-even; 0 while nothing is closed.
    public let pnlPercent: Decimal

    static let percentScale = 8

    init(of position: Position, _ side: Trade.Side) throws(DecimalError) {
        entryPrice = try position.entry.averagePrice ?? .zero
        exitPrice = try position.exit.averagePrice
        let proceeds = try position.exit.notional.adding(position.dustValue)
        let difference = try proceeds.subtracting(position.closedCost)
        let gross = side == .buy ? difference : difference.negated
        realizedPnL = try gross.subtracting(position.fees).adding(position.adjustments)
        pnlPercent =
            position.closedCost.isZero
            ? .zero
            : try Decimal.quotient(
                realizedPnL,
                times: Self.hundred,
                by: position.closedCost,
                decimals: Self.percentScale
            )
    }

    private static let hundred = Decimal(canonicalCoefficient: 100, scale: 0)
}

extension Trade {
    /// The figures derived from the state, computed on demand because quotients are the most expensive part of an
    /// event.
    public var figures: TradeFigures {
        do { return try TradeFigures(of: position, side) } catch {
            preconditionFailure("an event whose figures do not fit is refused: \(error)")
        }
    }

    /// Whether it is closed with a profit, on the exact value.
    ///
    /// False for a voided trade.
    public var isWon: Bool { status == .closed && figures.realizedPnL.isPositive }
}

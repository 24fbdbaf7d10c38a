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

/// The fold of one trade's events: what `TradeState` keeps for each trade, from the bare rules up to a whole row.
public protocol TradeFold: Sendable {
    /// The fold of an `opened` event. Throws the rule that it breaks.
    init(opening event: Event) throws(Rejection)
    /// Takes in the next event of the trade.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ event: Event) throws(Rejection)
    /// The trade's state.
    var trade: Trade { get }
    /// Whether the trade is open.
    ///
    /// Checked at each event, like `eventCount`: a fold that would have to build its `trade` first can provide a faster
    /// way.
    var isOpen: Bool { get }
    /// How many events the trade has.
    var eventCount: UInt64 { get }
}

extension TradeFold {
    /// Whether the trade is open, by its state.
    public var isOpen: Bool { trade.status == .open }
    /// How many events the trade has, by its state.
    public var eventCount: UInt64 { trade.eventCount }
}

extension Trade: TradeFold {
    /// The trade that an `opened` event begins.
    public init(opening event: Event) throws(Rejection) {
        try self.init(opening: event.body, sequence: event.sequence)
    }

    /// Applies the next event of this trade.
    public mutating func apply(_ event: Event) throws(Rejection) {
        try apply(event.body, sequence: event.sequence)
    }

    /// Itself.
    public var trade: Trade { self }
}

public import TradeModel

/// Everything that people ask about a ledger besides single trades: orders, positions, balances, portfolios and halts.
///
/// Each event costs its own rows.
public struct Books: Sendable {
    /// Every order.
    public private(set) var orders = OrderFold()
    /// What is on each account.
    public private(set) var balances = BalanceFold()
    /// Every halt.
    public private(set) var halts = HaltFold()
    private var positions = PositionFold()
    private var prices = PriceBoard()
    private var portfolios = PortfolioFold()

    /// Before the first event.
    public init() {}

    /// Takes in the next event, which is on record.
    ///
    /// `step` is what it moves if it is about a trade. `settled` is that trade if it is not open after the event, and
    /// `before` the same trade before the event if it was not open then either.
    public mutating func apply(_ event: Event, _ step: TradeStep?, settled: TradeHistory?, before: TradeHistory?) {
        halts.apply(event)
        prices.apply(event)
        orders.apply(event, step)
        balances.apply(event, step)
        portfolios.apply(event, settled: settled, before: before)
        if let (key, before, after) = step?.position { positions.replace(before, by: after, in: key) }
    }

    /// The open positions at the last prices.
    public var positionRows: [PositionRow] { positions.rows(prices) }

    /// The portfolios at the last prices, with the trades that are open; `base` replaces each account's own currency.
    public func portfolioRows(_ openTrades: [TradeHistory], base: ByteText?) -> [PortfolioRow] {
        portfolios.rows(balances.rows, positionRows, openTrades, prices, base: base)
    }
}

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
    /// The last prices.
    package private(set) var prices = PriceBoard()
    /// What came to the accounts and left them.
    package private(set) var flows: [FlowRow] = []
    private var positions = PositionFold()
    private var portfolios = PortfolioFold()

    /// Before the first event.
    public init() {}

    /// Takes in the next event, which is on record, and returns the rows that it changes.
    ///
    /// `step` is what it moves if it is about a trade. `settled` is that trade if it is not open after the event, and
    /// `before` the same trade before the event if it was not open then either.
    @discardableResult
    public mutating func apply(
        _ event: Event,
        _ step: TradeStep?,
        settled: TradeHistory?,
        before: TradeHistory?
    ) -> BookChanges {
        portfolios.apply(event, settled: settled, before: before)
        var changes = BookChanges()
        if let row = halts.apply(event) { changes.halts[row.firstSequence] = row }
        if let row = prices.apply(event) { changes.prices[row.symbol] = row }
        changes.orders = orders.apply(event, step)
        changes.balances = balances.apply(event, step)
        changes.flows = FlowRow.all(of: event)
        flows += changes.flows
        if let (key, before, after) = step?.position, let row = positions.replace(before, by: after, in: key) {
            changes.positions[key] = row
        }
        return changes
    }

    /// The open positions at the last prices.
    public var positionRows: [PositionRow] { positions.rows(prices) }

    /// The positions, also those of which no trade is open any more.
    package var allPositionRows: [PositionRow] { positions.allRows(prices) }

    /// The portfolios at the last prices, with the trades that are open; `base` replaces each account's own currency.
    public func portfolioRows(_ openTrades: [TradeHistory], base: ByteText?) -> [PortfolioRow] {
        portfolios.rows(balances.rows, positionRows, openTrades, prices, base: base)
    }
}

/// The rows that some events change, each as the last of them leaves it.
public struct BookChanges: Sendable {
    package fileprivate(set) var orders: [ByteText: OrderRow] = [:]
    package fileprivate(set) var balances: [BalanceFold.Key: BalanceRow] = [:]
    package fileprivate(set) var positions: [PositionFold.Key: PositionRow] = [:]
    package fileprivate(set) var halts: [UInt64: HaltRow] = [:]
    package fileprivate(set) var prices: [ByteText: PriceRow] = [:]
    package fileprivate(set) var flows: [FlowRow] = []

    /// None.
    package init() {}

    /// Takes in the changes of later events.
    package mutating func merge(_ later: BookChanges) {
        orders.merge(later.orders) { $1 }
        balances.merge(later.balances) { $1 }
        positions.merge(later.positions) { $1 }
        halts.merge(later.halts) { $1 }
        prices.merge(later.prices) { $1 }
        flows += later.flows
    }
}

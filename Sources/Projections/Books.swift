public import TradeModel

/// Everything that people ask about a ledger besides single trades: orders, positions, balances, portfolios, halts,
/// decisions, predictions, models, strategies and alerts.
///
/// Each event costs its own rows. Memory holds what later events need; with `keepingRecords`, it holds every row.
public struct Books: Sendable {
    /// Every order.
    public private(set) var orders = OrderFold()
    /// What is on each account.
    public private(set) var balances = BalanceFold()
    /// Every halt.
    public private(set) var halts = HaltFold()
    /// The last prices.
    package private(set) var prices = PriceBoard()
    /// What the trades have brought that decisions led to.
    public private(set) var outcomes = OutcomeFold()
    /// How good the models are.
    public private(set) var models = ModelFold()
    /// Which strategies run.
    public private(set) var strategies = StrategyFold()
    /// The rows that no later event needs; nil where the caller takes them from what `apply` returns.
    public private(set) var records: BookRecords?
    private var positions = PositionFold()
    private var portfolios = PortfolioFold()

    /// Before the first event.
    public init(keepingRecords: Bool = true) { records = keepingRecords ? BookRecords() : nil }

    /// Takes in the next event, which is on record, and returns the rows that it changes.
    ///
    /// `earlier` are the events of its subject before it, if that is no trade and the log does not hold it open. `step`
    /// is what it moves if it is about a trade. `settled` is that trade if it is not open after the event, and
    /// `before` the same trade before the event if it was not open then either.
    @discardableResult
    public mutating func apply(
        _ event: Event,
        after earlier: [Event] = [],
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
        if let outcome = step?.outcome { changes.outcomes = outcomes.apply(outcome) }
        if let row = strategies.apply(event) { changes.strategies[row.id] = row }
        changes.records.take(event, after: earlier)
        for prediction in changes.records.predictionRows.values {
            let (model, calibration) = models.apply(prediction)
            changes.models[model.key] = model
            if let calibration { changes.calibrations[calibration.id] = calibration }
        }
        records?.merge(changes.records)
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

    /// The prices that positions and portfolios rest on, whether or not they are on record, in the order of symbols.
    ///
    /// Each is a list of symbols of which one is enough: the first of them that has a price.
    package func neededPrices(_ openTrades: [TradeHistory]) -> [[ByteText]] {
        let marks = positionRows.map { [$0.key.symbol] }
        let rates = portfolioRows(openTrades, base: nil).flatMap { row in
            row.base.map { base in
                row.converted.map { [PriceBoard.pair($0, base), PriceBoard.pair(base, $0)] }
            } ?? []
        }
        return Set(marks + rates).sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// The rows that follow from the events of one subject alone, or from one event, so that no later event of another
/// subject changes them.
public struct BookRecords: Sendable {
    /// What came to the accounts and left them.
    package private(set) var flows: [FlowRow] = []
    private(set) var decisionRows: [ByteText: DecisionRow] = [:]
    private(set) var predictionRows: [ByteText: PredictionRow] = [:]
    private(set) var alertRows: [ByteText: AlertRow] = [:]

    fileprivate init() {}

    /// The decisions, in the order in which they were made.
    public var decisions: [DecisionRow] { decisionRows.values.sorted { $0.firstSequence < $1.firstSequence } }

    /// The predictions, in the order in which they were made.
    public var predictions: [PredictionRow] { predictionRows.values.sorted { $0.firstSequence < $1.firstSequence } }

    /// The alerts, in the order in which they were raised.
    public var alerts: [AlertRow] { alertRows.values.sorted { $0.firstSequence < $1.firstSequence } }

    fileprivate mutating func take(_ event: Event, after earlier: [Event]) {
        flows += FlowRow.all(of: event)
        if let row = DecisionRow(event, after: earlier) { decisionRows[row.id] = row }
        if let row = PredictionRow(event, after: earlier) { predictionRows[row.id] = row }
        if let row = AlertRow(event, after: earlier) { alertRows[row.id] = row }
    }

    fileprivate mutating func merge(_ later: BookRecords) {
        flows += later.flows
        decisionRows.merge(later.decisionRows) { $1 }
        predictionRows.merge(later.predictionRows) { $1 }
        alertRows.merge(later.alertRows) { $1 }
    }
}

/// The rows that some events change, each as the last of them leaves it.
public struct BookChanges: Sendable {
    package fileprivate(set) var orders: [ByteText: OrderRow] = [:]
    package fileprivate(set) var balances: [BalanceFold.Key: BalanceRow] = [:]
    package fileprivate(set) var positions: [PositionFold.Key: PositionRow] = [:]
    package fileprivate(set) var halts: [UInt64: HaltRow] = [:]
    package fileprivate(set) var prices: [ByteText: PriceRow] = [:]
    package fileprivate(set) var outcomes: [OutcomeFold.Key: OutcomeRow] = [:]
    package fileprivate(set) var models: [ModelFold.Key: ModelRow] = [:]
    package fileprivate(set) var calibrations: [CalibrationRow.ID: CalibrationRow] = [:]
    package fileprivate(set) var strategies: [ByteText: StrategyRow] = [:]
    package fileprivate(set) var records = BookRecords()

    /// None.
    package init() {}

    /// Takes in the changes of later events.
    package mutating func merge(_ later: BookChanges) {
        orders.merge(later.orders) { $1 }
        balances.merge(later.balances) { $1 }
        positions.merge(later.positions) { $1 }
        halts.merge(later.halts) { $1 }
        prices.merge(later.prices) { $1 }
        outcomes.merge(later.outcomes) { $1 }
        models.merge(later.models) { $1 }
        calibrations.merge(later.calibrations) { $1 }
        strategies.merge(later.strategies) { $1 }
        records.merge(later.records)
    }
}

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
    /// The rows that no later event needs; nil where the caller takes them from what changes.
    public private(set) var records: BookRecords?
    /// The rows that events change; nil while nobody asks for them.
    private var changes: BookChanges?
    private var positions = PositionFold()
    private var portfolios = PortfolioFold()
    /// By the places of their positions.
    private var instruments: [Instrument] = []
    /// What the last event of a trade moved.
    private var step = TradeStep()

    /// Before the first event.
    public init(keepingRecords: Bool = true) { records = keepingRecords ? BookRecords() : nil }

    /// Begins to note the rows that events change; forgets those that were noted before.
    ///
    /// `eventCount` is how many events are expected, for memory.
    package mutating func noteChanges(eventCount: Int) {
        changes = BookChanges(after: balances, positions, eventCount: eventCount)
    }

    /// Notes no more, and forgets what was noted.
    package mutating func forgetChanges() { changes = nil }

    /// What events have changed since `noteChanges`; no more is noted.
    package mutating func takeChanges() -> BookChanges {
        guard var taken = changes.take() else { preconditionFailure("changes are noted before they are taken") }
        taken.end(balances, positions)
        return taken
    }

    /// What a trade has moved before the event that opens it.
    package mutating func movements(opening body: EventBody, _ trade: Trade) -> TradeMovements {
        let key = PositionFold.Key(
            account: body.textBytes(.account).map { ByteText($0) } ?? TradeMovements.defaultAccount,
            venue: body.textBytes(.venue).map { ByteText($0) },
            symbol: body.textBytes(.symbol).map { ByteText($0) } ?? ByteText(""),
            side: trade.side,
            quote: ByteText(trade.quote)
        )
        let place = positions.place(of: key)
        if place == instruments.count { instruments.append(Instrument(key, &balances)) }
        return TradeMovements(position: place)
    }

    /// What a trade has moved with these events, which broke no rule and were taken in before; the first one opens it.
    package mutating func movements(of events: [Event]) -> TradeMovements {
        do throws(Rejection) {
            var trade = try Trade(opening: events[0])
            var movements = movements(opening: events[0].body, trade)
            let instrument = instruments[movements.position]
            movements.apply(events[0], trade, of: instrument, &balances, &step)
            for event in events.dropFirst() {
                try trade.apply(event)
                movements.apply(event, trade, of: instrument, &balances, &step)
            }
            return movements
        } catch {
            preconditionFailure("the fold took these events in: \(error.message)")
        }
    }

    /// Takes in the next event, which is on record and about a trade.
    ///
    /// The trade is as given after it, and `movements` are what it had moved before.
    package mutating func apply(_ event: Event, _ trade: Trade, _ movements: inout TradeMovements) {
        let instrument = instruments[movements.position]
        let realizedBefore = movements.realizedPnL
        movements.apply(event, trade, of: instrument, &balances, &step)
        portfolios.replace(realizedBefore, by: movements.realizedPnL, of: instrument)
        moveBalances(step.balanceChanges)
        if let change = step.positionChange {
            positions.apply(change)
            changes?.positionChanges.append(change)
        }
        if let fill = step.fill {
            orders.add(fill)
            noteOrder(fill.orderID, event)
        }
        for fill in step.fillsTakenBack {
            orders.takeBack(fill, by: event.sequence)
            noteOrder(fill.orderID, event)
        }
        for row in outcomes.apply(movements.outcome, in: instrument.quote) {
            changes?.note(.outcome(row.key), .outcome(row), event)
        }
    }

    private mutating func moveBalances(_ balanceChanges: [BalanceChange]) {
        for change in balanceChanges { balances.apply(change) }
        changes?.balanceChanges.append(contentsOf: balanceChanges)
    }

    private mutating func noteOrder(_ id: ByteText, _ event: Event) {
        if let row = orders.row(of: id) { changes?.note(.order(id), .order(row), event) }
    }

    /// Takes in the next event, which is on record and about no trade.
    ///
    /// `earlier` are the events of its subject before it, if the log does not hold that open.
    public mutating func apply(_ event: Event, after earlier: [Event] = []) {
        moveBalances(balances.changes(by: event))
        if let id = orders.apply(event) { noteOrder(id, event) }
        if let row = halts.apply(event) { changes?.note(.halt(row.firstSequence), .halt(row), event) }
        if let row = prices.apply(event) { changes?.note(.price(row.symbol), .price(row), event) }
        if let row = strategies.apply(event) { changes?.note(.strategy(row.id), .strategy(row), event) }
        for flow in FlowRow.all(of: event) {
            portfolios.apply(flow)
            records?.flows.append(flow)
            changes?.note(.flow(flow.sequence, flow.account), .flow(flow), event)
        }
        if let row = DecisionRow(event, after: earlier) {
            records?.decisionRows[row.id] = row
            changes?.note(.decision(row.id), .decision(row), event)
        }
        if let row = AlertRow(event, after: earlier) {
            records?.alertRows[row.id] = row
            changes?.note(.alert(row.id), .alert(row), event)
        }
        if let row = PredictionRow(event, after: earlier) {
            records?.predictionRows[row.id] = row
            changes?.note(.prediction(row.id), .prediction(row), event)
            let (model, calibration) = models.apply(row)
            changes?.note(.model(model.key), .model(model), event)
            if let calibration { changes?.note(.calibration(calibration.id), .calibration(calibration), event) }
        }
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
    package fileprivate(set) var flows: [FlowRow] = []
    fileprivate(set) var decisionRows: [ByteText: DecisionRow] = [:]
    fileprivate(set) var predictionRows: [ByteText: PredictionRow] = [:]
    fileprivate(set) var alertRows: [ByteText: AlertRow] = [:]

    fileprivate init() {}

    /// The decisions, in the order in which they were made.
    public var decisions: [DecisionRow] { decisionRows.values.sorted { $0.firstSequence < $1.firstSequence } }

    /// The predictions, in the order in which they were made.
    public var predictions: [PredictionRow] { predictionRows.values.sorted { $0.firstSequence < $1.firstSequence } }

    /// The alerts, in the order in which they were raised.
    public var alerts: [AlertRow] { alertRows.values.sorted { $0.firstSequence < $1.firstSequence } }
}

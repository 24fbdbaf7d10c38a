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
    /// The rows that events have changed since they were taken.
    private var changes = BookChanges()
    private var positions = PositionFold()
    private var portfolios = PortfolioFold()

    /// Before the first event.
    public init(keepingRecords: Bool = true) { records = keepingRecords ? BookRecords() : nil }

    /// Before the first event, for a caller that takes the rows which events change.
    package init(notingChanges: Void) { changes = BookChanges(rows: []) }

    /// How many changed rows there are to take.
    package var changeCount: Int { changes.rows?.count ?? 0 }

    /// The rows that events have changed since the last call, in order: each as its event left it.
    package mutating func takeChanges() -> [BookChange] { changes.take() }

    /// Takes in the next event, which is on record.
    ///
    /// `earlier` are the events of its subject before it, if that is no trade and the log does not hold it open. `step`
    /// is what it moves if it is about a trade.
    public mutating func apply(_ event: Event, after earlier: [Event] = [], _ step: TradeStep?) {
        balances.apply(event, step)
        for place in balances.changedPlaces { changes.note(.balance(place), .balance(balances[place])) }
        for id in orders.apply(event, step) {
            if let row = orders.row(of: id) { changes.note(.order(id), .order(row)) }
        }
        guard let step else { return apply(event, after: earlier) }
        if let outcome = step.outcome {
            for row in outcomes.apply(outcome) { changes.note(.outcome(row.key), .outcome(row)) }
        }
        let (key, before, after) = step.position
        if let place = positions.replace(before, by: after, in: key) {
            changes.note(.position(place), .position(positions[place]))
        }
    }

    /// Takes in a trade that is not open, as the last event left it, in place of what it was before that event.
    ///
    /// `before` is nil if the trade was open then.
    public mutating func settle(_ before: TradeHistory?, _ after: TradeHistory) {
        portfolios.replace(before, by: after)
    }

    /// Takes in an event that is about no trade, beside what it does to orders and balances.
    private mutating func apply(_ event: Event, after earlier: [Event]) {
        if let row = halts.apply(event) { changes.note(.halt(row.firstSequence), .halt(row)) }
        if let row = prices.apply(event) { changes.note(.price(row.symbol), .price(row)) }
        if let row = strategies.apply(event) { changes.note(.strategy(row.id), .strategy(row)) }
        for flow in FlowRow.all(of: event) {
            portfolios.apply(flow)
            records?.flows.append(flow)
            changes.note(.flow(flow.sequence, flow.account), .flow(flow))
        }
        if let row = DecisionRow(event, after: earlier) {
            records?.decisionRows[row.id] = row
            changes.note(.decision(row.id), .decision(row))
        }
        if let row = AlertRow(event, after: earlier) {
            records?.alertRows[row.id] = row
            changes.note(.alert(row.id), .alert(row))
        }
        if let row = PredictionRow(event, after: earlier) {
            records?.predictionRows[row.id] = row
            changes.note(.prediction(row.id), .prediction(row))
            let (model, calibration) = models.apply(row)
            changes.note(.model(model.key), .model(model))
            if let calibration { changes.note(.calibration(calibration.id), .calibration(calibration)) }
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

/// The rows that events have changed, in order.
private struct BookChanges {
    /// Nil where nobody takes them.
    private(set) var rows: [BookChange]?

    mutating func note(_ key: BookChange.Key, _ row: @autoclosure () -> BookRow) {
        if rows != nil { rows?.append(BookChange(key: key, row: row())) }
    }

    mutating func take() -> [BookChange] {
        guard let taken = rows else { return [] }
        rows = []
        return taken
    }
}

/// A row that an event changes, as the event leaves it.
package struct BookChange: Sendable {
    /// What distinguishes the row from all others.
    package enum Key: Hashable, Sendable {
        case order(ByteText)
        /// The place of the balance in its fold.
        case balance(Int)
        /// The place of the position in its fold.
        case position(Int)
        case halt(UInt64)
        case price(ByteText)
        case outcome(OutcomeFold.Key)
        case model(ModelFold.Key)
        case calibration(CalibrationRow.ID)
        case strategy(ByteText)
        case flow(UInt64, ByteText)
        case decision(ByteText)
        case prediction(ByteText)
        case alert(ByteText)
    }

    fileprivate let key: Key
    fileprivate let row: BookRow
}

/// A row of one of the tables that `Books` folds.
package enum BookRow: Sendable {
    case order(OrderRow)
    case balance(BalanceRow)
    case position(PositionRow)
    case halt(HaltRow)
    case price(PriceRow)
    case outcome(OutcomeRow)
    case model(ModelRow)
    case calibration(CalibrationRow)
    case strategy(StrategyRow)
    case flow(FlowRow)
    case decision(DecisionRow)
    case prediction(PredictionRow)
    case alert(AlertRow)

    /// The rows after the last of some changes, which are in the order of their events: each row once.
    ///
    /// O(changes).
    package static func last(of changes: ArraySlice<BookChange>) -> [BookRow] {
        var keys: Set<BookChange.Key> = []
        var rows: [BookRow] = []
        // By index, because a copy of a row costs more than its key.
        for index in changes.indices.reversed() where keys.insert(changes[index].key).inserted {
            rows.append(changes[index].row)
        }
        return rows
    }
}

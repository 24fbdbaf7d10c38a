package import Projections
package import TradeModel

/// Takes in the events of one ledger after the other, and computes the figures of their closed trades at the end.
///
/// Memory holds 56 bytes for each closed trade, because the median, the streaks, the drawdown and the order of figures
/// need each trade once (72 bytes more with a base currency, whose price at each close is known at the end only); the
/// flows of accounts; with a base or marks, the prices of their symbols; and sums for each set.
package struct PerformanceFold: Sendable {
    /// What is asked for.
    package let query: PerformanceQuery
    private var trades = ClosedTrades()
    /// Beside `trades`, with a base currency alone.
    private(set) var amounts: [TradeAmounts] = []
    private(set) var setKeys: [TradeSetKey] = []
    private var setNumbers: [TradeSetKey: UInt32] = [:]
    /// By the numbers of sets.
    private(set) var sums: [TradeSums] = []
    private(set) var flows: [AccountFlow] = []
    private(set) var prices = PriceHistory()
    /// In the order of the query.
    private var groups: [[TradeSetKey: GroupTotals]]
    private(set) var holdings = Holdings()
    /// When the first trade of a set was opened that is open at the end, by the numbers of sets.
    private(set) var openedAt: [UInt32: Int64] = [:]
    private var ledger: UInt16 = 0

    /// The most ledgers that have figures together.
    package static let ledgerCountMax = Int(UInt16.max)

    /// Before the first event of the first ledger.
    package init(_ query: PerformanceQuery) {
        self.query = query
        groups = Array(repeating: [:], count: query.tables.count)
    }

    /// The tables beside the figures.
    package var tables: [GroupTable] { zip(query.tables, groups).flatMap { GroupTable.all($0, $1) } }

    /// Takes in the next event that is on record.
    ///
    /// `history` is the trade that it changed; one that is open is needed for marks alone. `before` is the same trade
    /// before the event if it was not open then. `events` gives its events, which marks need after a void or a change
    /// of its set.
    package mutating func apply<Failure>(
        _ event: Event,
        _ history: TradeHistory?,
        before: TradeHistory?,
        events: () throws(Failure) -> [Event]
    ) throws(Failure) {
        guard event.body.type.isAboutTrade else { return apply(event) }
        guard let history else { return }
        let closedBefore = before.flatMap { $0.trade.status == .closed ? $0 : nil }
        if query.isMarked { try hold(event, history, before: closedBefore, events) }
        if history.trade.status == .closed || closedBefore != nil { take(history, before: closedBefore) }
    }

    /// Takes in an event that is about no trade.
    private mutating func apply(_ event: Event) {
        if event.body.type == .priceObserved { return take(price: event.body) }
        guard query.hasFlows else { return }
        for flow in FlowRow.all(of: event) where query.grouping == .account || !flow.isTransfer {
            flows.append(AccountFlow(flow, isResult: false))
        }
        if let result = FlowRow.result(of: event) { flows.append(AccountFlow(result, isResult: true)) }
    }

    /// Gives the closed trades away, so that they are sorted without a copy.
    mutating func takeTrades() -> [ClosedTrade] { trades.take() }

    /// Ends a ledger with the trades that are open.
    package mutating func finishLedger(_ openTrades: [TradeHistory]) {
        for history in openTrades {
            let time = history.trade.openedAt.microsecondsSince1970
            let set = set(of: history)
            openedAt[set] = min(time, openedAt[set] ?? time)
            holdings.add(holdings.remove(history.trade), to: position(of: history), isAdded: true)
        }
        ledger += 1
        trades.beginLedger()
    }

    /// Keeps what a trade holds.
    private mutating func hold<Failure>(
        _ event: Event,
        _ history: TradeHistory,
        before: TradeHistory?,
        _ events: () throws(Failure) -> [Event]
    ) throws(Failure) {
        if let before {
            let isClosed = history.trade.status == .closed
            guard !isClosed || set(of: history) != set(of: before) else { return }
            let changes = changes(of: try events())
            holdings.add(changes, to: position(of: before), isAdded: false)
            if isClosed { holdings.add(changes, to: position(of: history), isAdded: true) }
            return
        }
        if query.isBeforeEnd(event.body.occurredAt.microsecondsSince1970) {
            holdings.add(history.trade, on: CalendarDay(of: event.body.occurredAt))
        }
        guard history.trade.status != .open else { return }
        var changes = holdings.remove(history.trade)
        guard history.trade.status == .closed, let closedAt = history.trade.closedAt else { return }
        changes.close(on: CalendarDay(of: closedAt))
        holdings.add(changes, to: position(of: history), isAdded: true)
    }

    /// What a closed trade held, from its events.
    private func changes(of events: [Event]) -> Holdings.OfTrade {
        var changes = Holdings.OfTrade()
        var trade: Trade?
        for event in events {
            do throws(Rejection) {
                if trade == nil { trade = try Trade(opening: event) } else { try trade?.apply(event) }
            } catch {
                preconditionFailure("the fold took these events in: \(error.message)")
            }
            guard let trade, trade.status != .voided else { continue }
            if query.isBeforeEnd(event.body.occurredAt.microsecondsSince1970) {
                changes.add(trade, on: CalendarDay(of: event.body.occurredAt))
            }
        }
        if let closedAt = trade?.closedAt { changes.close(on: CalendarDay(of: closedAt)) }
        return changes
    }

    private mutating func position(of history: TradeHistory) -> Holdings.Key {
        Holdings.Key(set: set(of: history), symbol: ByteText(history.symbol))
    }

    private mutating func take(_ settled: TradeHistory, before: TradeHistory?) {
        let figures = settled.trade.figures
        if let before { add(before, before.trade.figures, isAdded: false) }
        let after =
            settled.trade.status == .closed
            ? ClosedTrade(settled.trade, figures, ledger: ledger, set: add(settled, figures, isAdded: true)) : nil
        if let closeSequence = before?.trade.closeSequence {
            trades.replace(closeSequence, by: after)
        } else if let after {
            trades.append(after)
            if query.base != nil { amounts.append(TradeAmounts(settled.trade)) }
        }
    }

    /// Adds a closed trade to the sums of its set, or takes it out, and returns the number of the set.
    @discardableResult
    private mutating func add(_ history: TradeHistory, _ figures: TradeFigures, isAdded: Bool) -> UInt32 {
        let set = set(of: history)
        if let closedAt = history.trade.closedAt, query.includes(closedAt.microsecondsSince1970) {
            sums[Int(set)].add(TradeSums(history.trade, figures), isAdded: isAdded)
            for (index, grouping) in query.tables.enumerated() {
                let key = TradeSetKey(group: grouping.group(of: history), currency: setKeys[Int(set)].currency)
                let totals = GroupTotals(history.trade, figures)
                if isAdded {
                    groups[index][key, default: GroupTotals()].add(totals)
                } else {
                    groups[index][key, default: GroupTotals()].subtract(totals)
                }
            }
        }
        return set
    }

    private mutating func set(of history: TradeHistory) -> UInt32 {
        let group = query.grouping.flatMap { $0.group(of: history) }
        return set(TradeSetKey(group: group, currency: ByteText(history.trade.quote)))
    }

    private mutating func set(_ key: TradeSetKey) -> UInt32 {
        if let number = setNumbers[key] { return number }
        let number = UInt32(setKeys.count)
        setNumbers[key] = number
        setKeys.append(key)
        sums.append(TradeSums())
        return number
    }

    private mutating func take(price body: EventBody) {
        let symbol = ByteText(body.subjectBytes)
        let isRate = query.base.map { base in
            let pair = CurrencyPair(symbol: symbol.text)
            return ByteText(pair.base) == base || ByteText(pair.quote) == base
        }
        guard query.isMarked || isRate ?? false, let price = body.decimal(.price) else { return }
        prices.add(price, of: symbol, at: body.occurredAt)
    }
}

/// A flow of an account, or a result such as interest.
struct AccountFlow: Sendable {
    let account: ByteText
    let currency: ByteText
    let time: Int64
    /// Positive if it came to the account.
    var amount: Decimal
    /// Whether it is P&L of its day and not capital.
    let isResult: Bool

    init(_ row: FlowRow, isResult: Bool) {
        (account, currency, amount) = (row.account, row.currency, row.amount)
        time = row.occurredAt.microsecondsSince1970
        self.isResult = isResult
    }
}

/// What a base currency needs of a closed trade beyond its record.
struct TradeAmounts: Sendable {
    let fees: Decimal
    let entryNotional: Decimal
    let exitNotional: Decimal

    init(_ trade: Trade) {
        fees = trade.fees
        entryNotional = trade.entryNotional
        exitNotional = trade.exitNotional
    }
}

/// The sums over closed trades that need no trade once more.
struct TradeSums: Sendable {
    var fees = ExactSum()
    /// The value of all entries and exits.
    var notional = ExactSum()
    var pnlPercent = ExactSum()

    init() {}

    init(_ trade: Trade, _ figures: TradeFigures) {
        fees.add(trade.fees)
        notional.add(trade.entryNotional)
        notional.add(trade.exitNotional)
        pnlPercent.add(figures.pnlPercent)
    }

    /// Adds the sums of other trades, or takes them out.
    mutating func add(_ other: TradeSums, isAdded: Bool) {
        if isAdded {
            fees.add(other.fees)
            notional.add(other.notional)
            pnlPercent.add(other.pnlPercent)
        } else {
            fees.subtract(other.fees)
            notional.subtract(other.notional)
            pnlPercent.subtract(other.pnlPercent)
        }
    }
}

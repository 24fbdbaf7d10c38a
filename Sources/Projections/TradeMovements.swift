public import TradeModel

/// The money that one event moves in one currency of an account.
public struct Movement: Hashable, Sendable {
    /// Why it moves: the column of a balance in which it counts.
    public enum Cause: Sendable {
        case deposited, withdrawn, transferred, adjusted, traded, fees
    }

    /// The account.
    public let account: ByteText
    /// The currency.
    public let currency: ByteText
    /// Why it moves.
    public let cause: Cause
    /// How much, in the sense of the column: what was withdrawn, and a fee that was paid, is positive.
    public fileprivate(set) var amount: Decimal
}

/// A fill of an order, as the event of its trade says it.
public struct OrderFill: Hashable, Sendable {
    /// The order.
    public let orderID: ByteText
    /// In the base currency.
    public let amount: Decimal
    /// Per unit, in the quote currency.
    public let price: Decimal
    /// Amount times price, in the quote currency.
    public let notional: Decimal
    /// The currency of the fee; nil where the fill has none.
    public let feeCurrency: ByteText?
    /// The fee; zero where the fill has none.
    public let fee: Decimal
    /// The event.
    public let sequence: UInt64
}

/// What one event of a trade moves.
public struct TradeStep: Sendable {
    /// The movements of the event; for a void, the reversal of all earlier ones.
    public fileprivate(set) var movements: [Movement] = []
    /// The fill that the event is, if it names an order; an array, because most events name none.
    public fileprivate(set) var fills: [OrderFill] = []
    /// The fills that a void takes back.
    public fileprivate(set) var fillsTakenBack: [OrderFill] = []
    /// The balance that lacks what the trade settles, because it is an inverse contract, and by how much the event
    /// changes the number of such trades.
    fileprivate(set) var inverse: (key: BalanceFold.Key, count: Int)?
    /// The balances that the trade moves for the first time.
    fileprivate(set) var reached: [BalanceFold.Key] = []
    /// The balances that the trade never moved, because it is voided.
    fileprivate(set) var left: [BalanceFold.Key] = []
    /// What it changes for the decisions that events of the trade name; nil where none does.
    var outcome: TradeOutcome?
    /// What the trade contributed to its position before the event, and what it contributes now.
    var position: (key: PositionFold.Key, before: PositionFold.Share?, after: PositionFold.Share?)
}

/// What the events of one trade have moved so far: money on its account, fills of orders, and its position.
///
/// A spot trade moves its base and its quote currency. A symbol with a colon is a derivative: its exits move the gross
/// P&L in the currency after the colon, up to a `-`. Where that is not the quote currency, the contract is inverse, and
/// its trade moves fees alone. Dust moves nothing. See the contract, section 4 ("Balances").
package struct TradeMovements: Sendable {
    private enum Settlement {
        case spot
        case linear
        case inverse(ByteText)
    }

    private let account: ByteText
    private let base: ByteText
    private let quote: ByteText
    private let side: Trade.Side
    private let settlement: Settlement
    private var moved: [Movement] = []
    private var reached: [BalanceFold.Key] = []
    private var fills: [OrderFill] = []
    private var exitAmount = Decimal.zero
    private var grossPnL = Decimal.zero
    private var outcome: TradeOutcome
    private let position: PositionFold.Key
    private var share: PositionFold.Share?

    /// A fill moves the base currency, the quote currency and a fee.
    private static let usualMovementCount = 3

    /// The account of events that name none.
    static let defaultAccount = ByteText(EventBody.defaultAccount)

    /// Of a trade that an event opens, which is then applied.
    package init(opening body: EventBody, _ trade: Trade) {
        let symbol = body.textBytes(.symbol).map { ByteText($0) } ?? ByteText("")
        account = body.textBytes(.account).map { ByteText($0) } ?? Self.defaultAccount
        base = ByteText(CurrencyPair(symbol: symbol.text).base)
        quote = ByteText(trade.quote)
        side = trade.side
        if let settled = Self.settlementCurrency(of: symbol) {
            settlement = settled == quote ? .linear : .inverse(settled)
        } else {
            settlement = .spot
        }
        outcome = TradeOutcome(quote: quote)
        position = PositionFold.Key(
            account: account,
            venue: body.textBytes(.venue).map { ByteText($0) },
            symbol: symbol,
            side: side,
            quote: quote
        )
    }

    /// Of a trade with these events, which broke no rule; the first one opens it.
    package init(of events: [Event]) {
        do throws(Rejection) {
            var trade = try Trade(opening: events[0])
            self.init(opening: events[0].body, trade)
            _ = apply(events[0], trade)
            for event in events.dropFirst() {
                try trade.apply(event)
                _ = apply(event, trade)
            }
        } catch {
            preconditionFailure("the fold took these events in: \(error.message)")
        }
    }

    /// The currency in which a derivative settles: what follows the colon of its symbol, up to a `-`; nil of others.
    static func settlementCurrency(of symbol: ByteText) -> ByteText? {
        guard let colon = symbol.bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        return ByteText(symbol.bytes[(colon + 1)...].prefix { $0 != UInt8(ascii: "-") })
    }

    /// Takes in the next event of the trade, which is as given after it, and returns what the event moves.
    package mutating func apply(_ event: Event, _ trade: Trade) -> TradeStep {
        let body = event.body
        let next = trade.status == .open ? PositionFold.Share(trade) : nil
        var step = TradeStep(position: (position, before: share, after: next))
        share = next
        step.movements.reserveCapacity(Self.usualMovementCount)
        outcome.apply(body, trade)
        if !outcome.decisionIDs.isEmpty { step.outcome = outcome }
        if case .inverse(let currency) = settlement, body.type == .opened || body.type == .voided {
            let key = BalanceFold.Key(account: account, currency: currency)
            step.inverse = (key, body.type == .opened ? 1 : -1)
            reach(key, &step)
        }
        switch body.type {
        case .opened, .increased:
            guard let amount = body.decimal(.amount) else { preconditionFailure("an entry has an amount") }
            enter(body, amount, &step, event.sequence)
        case .reduced, .closed:
            let amount = Self.exact { () throws(DecimalError) in try trade.exitAmount.subtracting(exitAmount) }
            exitAmount = trade.exitAmount
            exit(body, amount, trade, &step, event.sequence)
        case .adjusted:
            guard let cost = body.decimal(.cost) else { preconditionFailure("an adjustment has a cost") }
            if case .inverse = settlement {} else { move(quote, .adjusted, cost, &step) }
        case .voided:
            step.movements = moved.map { movement in
                Movement(
                    account: movement.account,
                    currency: movement.currency,
                    cause: movement.cause,
                    amount: movement.amount.negated
                )
            }
            step.fillsTakenBack = fills
            step.left = reached
        default: break
        }
        return step
    }

    private mutating func enter(_ body: EventBody, _ amount: Decimal, _ step: inout TradeStep, _ sequence: UInt64) {
        let notional = Self.notional(of: body, amount)
        if case .spot = settlement {
            move(base, .traded, side == .buy ? amount : amount.negated, &step)
            move(quote, .traded, side == .buy ? notional.negated : notional, &step)
        }
        charge(body, amount, notional, &step, sequence)
    }

    private mutating func exit(
        _ body: EventBody,
        _ amount: Decimal,
        _ trade: Trade,
        _ step: inout TradeStep,
        _ sequence: UInt64
    ) {
        let notional = Self.notional(of: body, amount)
        switch settlement {
        case .spot:
            move(base, .traded, side == .buy ? amount.negated : amount, &step)
            move(quote, .traded, side == .buy ? notional : notional.negated, &step)
        case .linear:
            // Their difference may not fit a decimal.
            move(quote, .traded, grossPnL.negated, &step)
            grossPnL = trade.grossPnL
            move(quote, .traded, grossPnL, &step)
        case .inverse: break
        }
        charge(body, amount, notional, &step, sequence)
    }

    /// Moves the fee of a fill, and notes the fill if it names an order.
    private mutating func charge(
        _ body: EventBody,
        _ amount: Decimal,
        _ notional: Decimal,
        _ step: inout TradeStep,
        _ sequence: UInt64
    ) {
        let fee = body.decimal(.feeCost)
        let feeCurrency = fee == nil ? nil : body.textBytes(.feeCurrency).map { ByteText($0) } ?? quote
        if let fee, let feeCurrency { move(feeCurrency, .fees, fee, &step) }
        guard let orderID = body.textBytes(.orderID) else { return }
        let fill = OrderFill(
            orderID: ByteText(orderID),
            amount: amount,
            price: Self.price(of: body),
            notional: notional,
            feeCurrency: feeCurrency,
            fee: fee ?? .zero,
            sequence: sequence
        )
        fills.append(fill)
        step.fills = [fill]
    }

    private mutating func move(
        _ currency: ByteText,
        _ cause: Movement.Cause,
        _ amount: Decimal,
        _ step: inout TradeStep
    ) {
        // Nobody knows what an amount is of if the symbol names no currency.
        guard !amount.isZero, !currency.bytes.isEmpty else { return }
        reach(BalanceFold.Key(account: account, currency: currency), &step)
        step.movements.append(Movement(account: account, currency: currency, cause: cause, amount: amount))
        // Added up, so that a trade of many events takes no more memory; a sum that does not fit stays in parts.
        for index in moved.indices.reversed() where moved[index].cause == cause && moved[index].currency == currency {
            do throws(DecimalError) {
                moved[index].amount = try moved[index].amount.adding(amount)
                return
            } catch {
                break
            }
        }
        moved.append(Movement(account: account, currency: currency, cause: cause, amount: amount))
    }

    private mutating func reach(_ key: BalanceFold.Key, _ step: inout TradeStep) {
        guard !reached.contains(key) else { return }
        reached.append(key)
        step.reached.append(key)
    }

    private static func notional(of body: EventBody, _ amount: Decimal) -> Decimal {
        exact { () throws(DecimalError) in try amount.multiplied(by: price(of: body)) }
    }

    private static func price(of body: EventBody) -> Decimal {
        guard let price = body.decimal(.price) else { preconditionFailure("a fill has a price") }
        return price
    }

    /// The amount of a fill, or its value, which the trade has computed too when it took the fill in.
    private static func exact(_ result: () throws(DecimalError) -> Decimal) -> Decimal {
        do throws(DecimalError) { return try result() } catch {
            preconditionFailure("an event whose figures do not fit is refused: \(error)")
        }
    }
}

import TradeModel

/// Why money moves: the column of a balance in which it counts.
enum MovementCause: Equatable, Sendable {
    case deposited, withdrawn, transferred, adjusted, traded, fees
    /// It does not move: the venue said at a time how much there is.
    case observed(Timestamp)
}

/// What one event changes in one balance.
struct BalanceChange: Sendable {
    /// The event.
    fileprivate(set) var sequence: UInt64
    /// The place of the balance in its fold.
    let place: Int
    let cause: MovementCause
    /// How much, in the sense of the column: what was withdrawn, and a fee that was paid, is positive.
    fileprivate(set) var amount: Decimal
    /// How many more flows, observations and trades move the balance.
    fileprivate(set) var sourceCount: Int32 = 1
    /// How many more trades of inverse contracts settle in it.
    fileprivate(set) var inverseCount: Int32 = 0

    /// What takes the change back.
    fileprivate func reversed(by sequence: UInt64) -> BalanceChange {
        BalanceChange(
            sequence: sequence,
            place: place,
            cause: cause,
            amount: amount.negated,
            sourceCount: -sourceCount,
            inverseCount: -inverseCount
        )
    }
}

/// A fill of an order, as the event of its trade says it.
struct OrderFill: Hashable, Sendable {
    /// The order.
    let orderID: ByteText
    /// In the base currency.
    let amount: Decimal
    /// Per unit, in the quote currency.
    let price: Decimal
    /// Amount times price, in the quote currency.
    let notional: Decimal
    /// The currency of the fee; nil where the fill has none.
    let feeCurrency: ByteText?
    /// The fee; zero where the fill has none.
    let fee: Decimal
    /// The event.
    let sequence: UInt64
}

/// What one event of a trade moves.
struct TradeStep: Sendable {
    /// What it changes in balances; for a void, the reversal of all earlier changes.
    fileprivate(set) var balanceChanges: [BalanceChange] = []
    /// The fill that the event is, if it names an order.
    fileprivate(set) var fill: OrderFill?
    /// The fills that a void takes back.
    fileprivate(set) var fillsTakenBack: [OrderFill] = []
    /// What it changes in the trade's position; nil where that is nothing.
    fileprivate(set) var positionChange: PositionChange?

    /// Empties it for the next event; memory is kept, because every event needs some.
    fileprivate mutating func begin() {
        balanceChanges.removeAll(keepingCapacity: true)
        (fill, fillsTakenBack, positionChange) = (nil, [], nil)
    }
}

/// What the trades of one position have in common.
///
/// A class, because each event of a trade takes it as an argument.
final class Instrument: Sendable {
    fileprivate enum Settlement {
        /// The place of the balance in the base currency; nil where the symbol names none.
        case spot(base: Int?)
        case linear
        /// The place of the balance in which the contracts settle.
        case inverse(Int)
    }

    let account: ByteText
    let quote: ByteText
    fileprivate let side: Trade.Side
    fileprivate let settlement: Settlement
    /// The place of the balance in the quote currency; nil where nobody knows what that is.
    fileprivate let quotePlace: Int?

    init(_ key: PositionFold.Key, _ balances: inout BalanceFold) {
        (account, quote, side) = (key.account, key.quote, key.side)
        quotePlace = balances.place(of: quote, on: account)
        if let settled = Self.settlementCurrency(of: key.symbol) {
            settlement =
                settled == quote
                ? .linear : .inverse(balances.place(of: BalanceFold.Key(account: account, currency: settled)))
        } else {
            settlement = .spot(
                base: balances.place(of: ByteText(CurrencyPair(symbol: key.symbol.text).base), on: account)
            )
        }
    }

    /// The currency in which a derivative settles: what follows the colon of its symbol, up to a `-`; nil of others.
    static func settlementCurrency(of symbol: ByteText) -> ByteText? {
        guard let colon = symbol.bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        return ByteText(symbol.bytes[(colon + 1)...].prefix { $0 != UInt8(ascii: "-") })
    }
}

/// What the events of one trade have moved so far: money on its account, fills of orders, and its position.
///
/// A spot trade moves its base and its quote currency. A symbol with a colon is a derivative: its exits move the gross
/// P&L in the currency after the colon, up to a `-`. Where that is not the quote currency, the contract is inverse, and
/// its trade moves fees alone. Dust moves nothing. See the contract, section 4 ("Balances").
package struct TradeMovements: Sendable {
    /// The place of its position, and of what it has in common with other trades there.
    let position: Int
    private var moved: [BalanceChange] = []
    private var fills: [OrderFill] = []
    private var exitAmount = Decimal.zero
    private var grossPnL = Decimal.zero
    /// What it realized, if it is closed.
    private(set) var realizedPnL: Decimal?
    private(set) var outcome = TradeOutcome()
    private var share: PositionFold.Share?

    /// A fill moves the base currency, the quote currency and a fee.
    static let usualChangeCount = 3

    /// The account of events that name none.
    static let defaultAccount = ByteText(EventBody.defaultAccount)

    /// Of a trade before the event that opens it.
    init(position: Int) {
        self.position = position
        moved.reserveCapacity(Self.usualChangeCount)
    }

    /// Takes in the next event of the trade, which is as given after it, and says in `step` what the event moves.
    mutating func apply(
        _ event: Event,
        _ trade: Trade,
        of instrument: Instrument,
        _ balances: inout BalanceFold,
        _ step: inout TradeStep
    ) {
        let body = event.body
        step.begin()
        let next = trade.status == .open ? PositionFold.Share(trade) : nil
        if next != share {
            step.positionChange = PositionChange(sequence: event.sequence, place: position, before: share, after: next)
        }
        (share, realizedPnL) = (next, trade.status == .closed ? trade.realizedPnL : nil)
        outcome.apply(body, trade)
        switch body.type {
        case .opened, .increased:
            if body.type == .opened, case .inverse(let place) = instrument.settlement {
                move(place, .traded, .zero, inverseCount: 1, event, &step)
            }
            guard let amount = body.decimal(.amount) else { preconditionFailure("an entry has an amount") }
            let value = instrument.side == .buy ? amount : amount.negated
            fill(event, amount, value, trade, instrument, &balances, &step)
        case .reduced, .closed:
            let amount = Self.exact { () throws(DecimalError) in try trade.exitAmount.subtracting(exitAmount) }
            exitAmount = trade.exitAmount
            let value = instrument.side == .buy ? amount.negated : amount
            fill(event, amount, value, trade, instrument, &balances, &step)
        case .adjusted:
            guard let cost = body.decimal(.cost) else { preconditionFailure("an adjustment has a cost") }
            if case .inverse = instrument.settlement {
            } else {
                move(instrument.quotePlace, .adjusted, cost, event, &step)
            }
        case .voided:
            for change in moved { step.balanceChanges.append(change.reversed(by: event.sequence)) }
            step.fillsTakenBack = fills
        default: break
        }
    }

    /// Moves an amount, which a trade that is bought enters or one that is sold leaves if it is positive, what it
    /// costs, and its fee; notes the fill if it names an order.
    private mutating func fill(
        _ event: Event,
        _ amount: Decimal,
        _ bought: Decimal,
        _ trade: Trade,
        _ instrument: Instrument,
        _ balances: inout BalanceFold,
        _ step: inout TradeStep
    ) {
        let body = event.body
        let price = Self.price(of: body)
        let notional = Self.exact { () throws(DecimalError) in try amount.multiplied(by: price) }
        switch instrument.settlement {
        case .spot(let base):
            move(base, .traded, bought, event, &step)
            move(instrument.quotePlace, .traded, bought.isNegative ? notional : notional.negated, event, &step)
        case .linear:
            let before = grossPnL
            grossPnL = trade.grossPnL
            guard grossPnL != before else { break }
            // Their difference may not fit a decimal.
            move(instrument.quotePlace, .traded, before.negated, event, &step)
            move(instrument.quotePlace, .traded, grossPnL, event, &step)
        case .inverse: break
        }
        let fee = body.decimal(.feeCost)
        let feeCurrency = fee == nil ? nil : body.textBytes(.feeCurrency).map { ByteText($0) } ?? instrument.quote
        if let fee, let feeCurrency {
            let isQuote = feeCurrency == instrument.quote
            let place = isQuote ? instrument.quotePlace : balances.place(of: feeCurrency, on: instrument.account)
            move(place, .fees, fee, event, &step)
        }
        guard let orderID = body.textBytes(.orderID) else { return }
        let fill = OrderFill(
            orderID: ByteText(orderID),
            amount: amount,
            price: price,
            notional: notional,
            feeCurrency: feeCurrency,
            fee: fee ?? .zero,
            sequence: event.sequence
        )
        fills.append(fill)
        step.fill = fill
    }

    /// `place` is nil where nobody knows what the amount is of.
    private mutating func move(
        _ place: Int?,
        _ cause: MovementCause,
        _ amount: Decimal,
        inverseCount: Int32 = 0,
        _ event: Event,
        _ step: inout TradeStep
    ) {
        guard let place, !amount.isZero || inverseCount != 0 else { return }
        let change = BalanceChange(
            sequence: event.sequence,
            place: place,
            cause: cause,
            amount: amount,
            sourceCount: moved.contains { $0.place == place } ? 0 : 1,
            inverseCount: inverseCount
        )
        step.balanceChanges.append(change)
        // Added up, so that a trade of many events takes no more memory; a sum that does not fit stays in parts.
        for index in moved.indices.reversed() where moved[index].place == place && moved[index].cause == cause {
            do throws(DecimalError) {
                moved[index].amount = try moved[index].amount.adding(amount)
                return
            } catch {
                break
            }
        }
        moved.append(change)
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

@testable import TradeModel

/// The money of a trade, without its identity: the result of its fills, fees and adjustments.
///
/// Part of `ReferenceTrade`.
struct ReferencePosition: Hashable, Sendable {
    /// Everything that was entered.
    private(set) var entry = ReferenceLeg()
    /// Everything that was taken out against a price; dust is not.
    private(set) var exit = ReferenceLeg()
    /// Base quantity still open.
    private(set) var openAmount = Decimal.zero
    /// Quote cost of what has been closed, at average cost.
    private(set) var closedCost = Decimal.zero
    /// Sum of the fees in quote currency; a rebate is negative.
    private(set) var fees = Decimal.zero
    /// Whether a fee in a third currency counts zero in `fees`.
    private(set) var isFeesIncomplete = false
    /// The part of the fees that was paid in the base currency.
    private(set) var baseFees = ReferenceBaseFees()
    /// Quote value of the dust that the close wrote off.
    private(set) var dustValue = Decimal.zero
    /// Sum of funding, interest and the like in quote currency; positive was received.
    private(set) var adjustments = Decimal.zero

    /// Takes in what opens or increases.
    mutating func enter(_ amount: Decimal, at price: Decimal, _ fee: ReferenceFill.FeeValue) throws(DecimalError) {
        try entry.add(amount: amount, price: price)
        openAmount = try openAmount.adding(amount)
        try charge(fee)
    }

    /// Takes out a part, which is not more than what is open.
    mutating func take(_ amount: Decimal, at price: Decimal, _ fee: ReferenceFill.FeeValue) throws(DecimalError) {
        closedCost = try closedCost.adding(costLeaving(with: amount))
        openAmount = try openAmount.subtracting(amount)
        try exit.add(amount: amount, price: price)
        try charge(fee)
    }

    /// Takes out all that is left, so that no quotient of costs is in the gross P&L of a closed trade.
    ///
    /// What is beyond the amount is dust. That of a short position is worth nothing: it is owed, and no fee took it.
    mutating func end(
        _ amount: Decimal,
        at price: Decimal,
        _ fee: ReferenceFill.FeeValue,
        _ side: Trade.Side
    ) throws(DecimalError) {
        try exit.add(amount: amount, price: price)
        try charge(fee)
        if side == .buy { dustValue = try baseFees.valueOfDust(open: openAmount, taken: amount) }
        closedCost = entry.notional
        openAmount = .zero
    }

    mutating func adjust(by cost: Decimal) throws(DecimalError) {
        adjustments = try adjustments.adding(cost)
    }

    private mutating func charge(_ fee: ReferenceFill.FeeValue) throws(DecimalError) {
        switch fee {
        case .known(let value): fees = try fees.adding(value)
        case .inBase(let amount, let value):
            fees = try fees.adding(value)
            try baseFees.add(amount: amount, value: value)
        case .unknown: isFeesIncomplete = true
        }
    }

    /// Cost leaves at average cost: cost held · amount out / amount held; all of it, exactly, with the last amount.
    private func costLeaving(with amount: Decimal) throws(DecimalError) -> Decimal {
        let held = try entry.notional.subtracting(closedCost)
        return amount == openAmount ? held : try Decimal.quotient(held, times: amount, by: openAmount)
    }
}

/// One direction of a trade, all its fills together: everything entered, or everything taken out.
struct ReferenceLeg: Hashable, Sendable {
    /// Base quantity.
    private(set) var amount = Decimal.zero
    /// Quote value, the sum of amount · price, exact.
    private(set) var notional = Decimal.zero
    private var price = Price.none

    /// Distinct prices seen so far.
    ///
    /// An average over one distinct price is that price, exactly.
    private enum Price: Hashable, Sendable {
        case none
        case one(Decimal)
        case several
    }

    /// Whether the average price is a quotient.
    var hasSeveralPrices: Bool { price == .several }

    /// The average price per unit at 18 decimals, half-even; nil before any amount.
    var averagePrice: Decimal? {
        get throws(DecimalError) {
            switch price {
            case .none: nil
            case .one(let price): price
            case .several: try Decimal.quotient(notional, by: amount)
            }
        }
    }

    mutating func add(amount added: Decimal, price addedPrice: Decimal) throws(DecimalError) {
        guard !added.isZero else { return }
        amount = try amount.adding(added)
        notional = try notional.adding(added.multiplied(by: addedPrice))
        switch price {
        case .none: price = .one(addedPrice)
        case .one(addedPrice), .several: break
        case .one: price = .several
        }
    }
}

/// The fees of a trade that were paid in its base currency: how many coins, and the quote value that `fees` counts.
struct ReferenceBaseFees: Hashable, Sendable {
    /// Base quantity; a rebate counts negative.
    private(set) var amount = Decimal.zero
    /// Quote value, each fee at the value at which it was counted.
    private(set) var value = Decimal.zero

    mutating func add(amount addedAmount: Decimal, value addedValue: Decimal) throws(DecimalError) {
        amount = try amount.adding(addedAmount)
        value = try value.adding(addedValue)
    }

    /// The value of the dust of a bought position, which is the amount left open by the close.
    ///
    /// Dust that a fee took is paid already, so it leaves at the value at which that fee was counted: all of the value
    /// where the dust covers the fees, else pro rata at 18 decimals. Dust beyond the fees is worth nothing.
    func valueOfDust(open: Decimal, taken: Decimal) throws(DecimalError) -> Decimal {
        guard amount.isPositive else { return .zero }
        let dust = try open.subtracting(taken)
        return dust >= amount ? value : try Decimal.quotient(value, times: dust, by: amount)
    }
}

/// The fill of an event: an amount at a price, with its fee; for a close also the dust.
struct ReferenceFill {
    let amount: Decimal
    let price: Decimal
    private let terms: ReferenceTerms
    private let dust: Dust

    private enum Dust {
        case amount(Decimal)
        case rest
    }

    /// What a fee counts in quote currency.
    enum FeeValue {
        case known(Decimal)
        /// A fee in the base currency: so many coins, and their value.
        case inBase(amount: Decimal, value: Decimal)
        /// A fee in a currency that the event gives no value for.
        case unknown
    }

    /// The fill of an event that opens, increases or reduces.
    init(_ body: EventBody) throws(Rejection) {
        let terms = ReferenceTerms(body.bytes.span)
        guard let amount = terms.amount else { preconditionFailure("\(body.type) has an amount") }
        try self.init(body, terms, amount: amount, dust: .amount(.zero))
    }

    /// The fill of a close: its amount, or all that is open less the dust.
    init(closing body: EventBody, open: Decimal) throws(Rejection) {
        let terms = ReferenceTerms(body.bytes.span)
        let dust: Dust
        if let range = terms.dust {
            let text = body.bytes.span.extracting(range)
            dust = text.holds("rest") ? .rest : .amount(Self.decimal(text))
        } else {
            dust = .amount(.zero)
        }
        try self.init(body, terms, amount: Self.amount(terms.amount, open: open, dust: dust), dust: dust)
    }

    private init(_ body: EventBody, _ terms: ReferenceTerms, amount: Decimal, dust: Dust) throws(Rejection) {
        guard let price = terms.price else { preconditionFailure("\(body.type) has a price") }
        if let given = terms.amount, !given.isPositive {
            throw Rejection(.amountNotPositive, "amount is \(given); it must be more than 0")
        }
        guard price.isPositive || (price.isZero && Self.mayBeWorthless(body)) else {
            throw Rejection(
                .priceNotPositive,
                "price is \(price); it must be more than 0, or 0 on a close whose reason is expired or written_off"
            )
        }
        self.amount = amount
        self.price = price
        self.terms = terms
        self.dust = dust
    }

    /// The fee's value in quote currency: what the event says, else by its currency.
    ///
    /// Currencies are compared as bytes, as the database does: strings in Swift are also equal where Unicode composes
    /// them differently.
    func feeValue(_ body: EventBody, quote: String, base: String) throws(DecimalError) -> FeeValue {
        guard let cost = terms.feeCost else { return .known(.zero) }
        guard let range = terms.feeCurrency else { return .known(terms.feeQuoteCost ?? cost) }
        let currency = body.bytes.span.extracting(range)
        let isInBase = currency.holds(base) && !base.isEmpty
        let value: Decimal
        if let quoteCost = terms.feeQuoteCost {
            value = quoteCost
        } else if currency.holds(quote) {
            value = cost
        } else if isInBase {
            value = try cost.multiplied(by: price)
        } else {
            return .unknown
        }
        return isInBase ? .inBase(amount: cost, value: value) : .known(value)
    }

    /// Checks that amount and dust of a close are together all that is open.
    func checkNothingStaysOpen(of open: Decimal, _ body: EventBody) throws(Rejection) {
        guard case .amount(let dust) = dust else { return }
        let rest = try Self.difference(open, amount)
        guard dust <= rest else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount) and dust \(dust) are together more than the \(open) that trade \(body.subject) has "
                    + "open"
            )
        }
        guard dust == rest else {
            throw Rejection(
                .dustMismatch,
                "the close of trade \(body.subject) would leave \(rest) of \(open) open with dust \(dust); "
                    + "leave amount out to close all, or give dust as \(rest) or \"rest\""
            )
        }
    }

    private static func amount(_ given: Decimal?, open: Decimal, dust: Dust) throws(Rejection) -> Decimal {
        if let given { return given }
        guard case .amount(let dust) = dust else { return open }
        // Dust beyond the open amount is ignored here; `checkNothingStaysOpen` refuses it after the earlier rules.
        return dust <= open ? try difference(open, dust) : .zero
    }

    private static func mayBeWorthless(_ body: EventBody) -> Bool {
        guard body.type == .closed, let reason = body.text(.reason) else { return false }
        return reason == "expired" || reason == "written_off"
    }

    private static func difference(_ open: Decimal, _ amount: Decimal) throws(Rejection) -> Decimal {
        do { return try open.subtracting(amount) } catch {
            throw Rejection(.numberOutOfRange, "what stays open, \(open) − \(amount), does not fit a decimal")
        }
    }

    private static func decimal(_ text: Span<UInt8>) -> Decimal {
        do { return try Decimal(parsing: text) } catch { preconditionFailure("a body holds dust as a decimal or rest") }
    }
}

/// The fields of a fill, found in one walk over the body.
///
/// Texts are ranges within the body, counted from its start, so that nothing here refers to memory.
private struct ReferenceTerms {
    private(set) var amount: Decimal?
    private(set) var price: Decimal?
    private(set) var feeCost: Decimal?
    private(set) var feeCurrency: Range<Int>?
    private(set) var feeQuoteCost: Decimal?
    private(set) var dust: Range<Int>?

    init(_ body: Span<UInt8>) {
        var offset = body.fieldsOffset
        // Fields after the dust are not about the fill.
        while let (field, range) = body.takeField(at: &offset), field.number <= Field.dust.number {
            switch field {
            case .amount: amount = DecimalCoding.decode(body, range)
            case .price: price = DecimalCoding.decode(body, range)
            case .feeCost: feeCost = DecimalCoding.decode(body, range)
            case .feeCurrency: feeCurrency = range
            case .feeQuoteCost: feeQuoteCost = DecimalCoding.decode(body, range)
            case .dust: dust = range
            default: break
            }
        }
    }
}

/// The averages and results, computed for each event.
struct ReferenceFigures: Equatable {
    let entryPrice: Decimal
    let exitPrice: Decimal?
    let realizedPnL: Decimal
    let pnlPercent: Decimal

    init(of position: ReferencePosition, _ side: Trade.Side) throws(DecimalError) {
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
                times: Decimal(coefficient: 100, scale: 0),
                by: position.closedCost,
                decimals: 8
            )
    }

}

/// The money of a trade, without its identity: the result of its fills, fees and adjustments.
///
/// A step that throws leaves it half changed: the caller takes it on a copy.
struct Money<Number: ExactNumber>: Hashable, Sendable {
    /// Everything that was entered.
    private(set) var entry = Leg<Number>()
    /// Everything that was taken out against a price; dust is not.
    private(set) var exit = Leg<Number>()
    /// Base quantity still open.
    private(set) var openAmount = Number.zero
    /// What the closed amount cost in quote currency, at average cost.
    private(set) var closedCost = Number.zero
    /// Sum of the fees in quote currency; a rebate is negative.
    private(set) var fees = Number.zero
    /// Sum of funding, interest and the like in quote currency; positive was received.
    private(set) var adjustments = Number.zero
    /// Quote value of the dust that the close wrote off.
    private(set) var dustValue = Number.zero
    /// Base quantity of the fees that were paid in the base currency; a rebate counts negative.
    private(set) var baseFeeAmount = Number.zero
    /// Quote value of those fees, each at the value at which `fees` counts it.
    private(set) var baseFeeValue = Number.zero
    /// Whether a fee in a third currency counts zero in `fees`.
    private(set) var isFeesIncomplete = false

    init() {}

    /// Takes in what opens or increases.
    @inline(__always)
    mutating func enter(_ fill: Fill<Number>, _ fee: Fee<Number>) throws(DecimalError) {
        try entry.add(fill)
        openAmount = try openAmount.plus(fill.amount)
        try charge(fee)
    }

    /// Takes out a part, which is not more than what is open.
    @inline(__always)
    mutating func take(_ fill: Fill<Number>, _ fee: Fee<Number>) throws(DecimalError) {
        closedCost = try closedCost.plus(costLeaving(with: fill.amount))
        openAmount = try openAmount.minus(fill.amount)
        try exit.add(fill)
        try charge(fee)
    }

    /// Takes out all that is left, so that no quotient of costs is in the gross P&L of a closed trade.
    ///
    /// What is beyond the amount is dust. That of a short position is worth nothing: it is owed, and no fee took it.
    @inline(__always)
    mutating func end(_ fill: Fill<Number>, _ fee: Fee<Number>, _ side: Trade.Side) throws(DecimalError) {
        try exit.add(fill)
        try charge(fee)
        if side == .buy && baseFeeAmount.isPositive { dustValue = try valueOfDust(taken: fill.amount) }
        closedCost = entry.notional
        openAmount = .zero
    }

    mutating func adjust(by cost: Number) throws(DecimalError) { adjustments = try adjustments.plus(cost) }

    @inline(__always)
    private mutating func charge(_ fee: Fee<Number>) throws(DecimalError) {
        guard fee.isKnown else { return isFeesIncomplete = true }
        fees = try fees.plus(fee.value)
        guard fee.isInBase else { return }
        baseFeeAmount = try baseFeeAmount.plus(fee.cost)
        baseFeeValue = try baseFeeValue.plus(fee.value)
    }

    /// Cost leaves at average cost: cost held · amount out / amount held; all of it, exactly, with the last amount.
    private func costLeaving(with amount: Number) throws(DecimalError) -> Number {
        let held = try entry.notional.minus(closedCost)
        return amount == openAmount ? held : try Number.fitting(held.share(amount, of: openAmount))
    }

    /// The value of the dust of a bought position, which is the amount left open by the close.
    ///
    /// Dust that a fee in the base currency took is paid already, so it leaves at the value at which that fee was
    /// counted: all of the value where the dust covers the fees, else pro rata at 18 decimals. Dust beyond the fees is
    /// worth nothing.
    private func valueOfDust(taken: Number) throws(DecimalError) -> Number {
        let dust = try openAmount.minus(taken)
        if baseFeeAmount.isAtMost(dust) { return baseFeeValue }
        return try Number.fitting(baseFeeValue.share(dust, of: baseFeeAmount))
    }
}

/// One direction of a trade, all its fills together: everything entered, or everything taken out.
struct Leg<Number: ExactNumber>: Hashable, Sendable {
    /// Base quantity.
    private(set) var amount = Number.zero
    /// Quote value, the sum of amount · price, exact.
    private(set) var notional = Number.zero
    /// The first price.
    private(set) var price = Number.zero
    private(set) var priceCount = PriceCount.none

    /// How many distinct prices there were.
    ///
    /// An average over one price is that price, exactly.
    enum PriceCount: UInt8 {
        case none
        case one
        case several
    }

    /// The price of all fills; nil where they have several, or there is none.
    var onlyPrice: Number? { priceCount == .one ? price : nil }

    @inline(__always)
    mutating func add(_ fill: Fill<Number>) throws(DecimalError) {
        guard !fill.amount.isZero else { return }
        amount = try amount.plus(fill.amount)
        notional = try notional.plus(fill.amount.times(fill.price))
        switch priceCount {
        case .none: (price, priceCount) = (fill.price, .one)
        case .one: if price != fill.price { (price, priceCount) = (.zero, .several) }
        case .several: break
        }
    }
}

extension Leg<Decimal> {
    /// The average price per unit at 18 decimals, half-even; nil before any amount.
    var averagePrice: Decimal? {
        get throws(DecimalError) {
            switch priceCount {
            case .none: nil
            case .one: price
            case .several: try Decimal.quotient(notional, by: amount)
            }
        }
    }
}

/// The same money in other numbers.
extension Money<Decimal> {
    init(_ other: Money<Decimal64>) {
        entry = Leg(other.entry)
        exit = Leg(other.exit)
        openAmount = other.openAmount.decimal
        closedCost = other.closedCost.decimal
        fees = other.fees.decimal
        adjustments = other.adjustments.decimal
        dustValue = other.dustValue.decimal
        baseFeeAmount = other.baseFeeAmount.decimal
        baseFeeValue = other.baseFeeValue.decimal
        isFeesIncomplete = other.isFeesIncomplete
    }
}

extension Money<Decimal64> {
    /// Nil where 64 bits do not hold one of the numbers.
    init?(_ other: Money<Decimal>) {
        guard let entry = Leg<Decimal64>(other.entry), let exit = Leg<Decimal64>(other.exit),
            let openAmount = Decimal64(other.openAmount), let closedCost = Decimal64(other.closedCost),
            let fees = Decimal64(other.fees), let adjustments = Decimal64(other.adjustments),
            let dustValue = Decimal64(other.dustValue), let baseFeeAmount = Decimal64(other.baseFeeAmount),
            let baseFeeValue = Decimal64(other.baseFeeValue)
        else { return nil }
        (self.entry, self.exit) = (entry, exit)
        (self.openAmount, self.closedCost) = (openAmount, closedCost)
        (self.fees, self.adjustments, self.dustValue) = (fees, adjustments, dustValue)
        (self.baseFeeAmount, self.baseFeeValue) = (baseFeeAmount, baseFeeValue)
        isFeesIncomplete = other.isFeesIncomplete
    }
}

extension Leg<Decimal> {
    fileprivate init(_ other: Leg<Decimal64>) {
        (amount, notional, price) = (other.amount.decimal, other.notional.decimal, other.price.decimal)
        priceCount = PriceCount(rawValue: other.priceCount.rawValue) ?? .none
    }
}

extension Leg<Decimal64> {
    fileprivate init?(_ other: Leg<Decimal>) {
        guard let amount = Decimal64(other.amount), let notional = Decimal64(other.notional),
            let price = Decimal64(other.price)
        else { return nil }
        (self.amount, self.notional, self.price) = (amount, notional, price)
        priceCount = PriceCount(rawValue: other.priceCount.rawValue) ?? .none
    }
}

/// The money as bytes, for `Trade.state`.
extension Money<Decimal> {
    func append(to bytes: inout [UInt8]) {
        entry.append(to: &bytes)
        exit.append(to: &bytes)
        for decimal in [openAmount, closedCost, fees, adjustments, dustValue, baseFeeAmount, baseFeeValue] {
            DecimalCoding.encode(decimal, into: &bytes)
        }
    }
}

extension Leg<Decimal> {
    fileprivate func append(to bytes: inout [UInt8]) {
        DecimalCoding.encode(amount, into: &bytes)
        DecimalCoding.encode(notional, into: &bytes)
        bytes.append(priceCount.rawValue)
        if priceCount == .one { DecimalCoding.encode(price, into: &bytes) }
    }
}

extension Money {
    /// Reads what `append` wrote; nil where these numbers do not hold one of it.
    init?(_ reader: inout ByteReader, isFeesIncomplete: Bool) throws(BodyFault) {
        guard let entry = try Leg<Number>(&reader), let exit = try Leg<Number>(&reader),
            let openAmount: Number = try reader.number(), let closedCost: Number = try reader.number(),
            let fees: Number = try reader.number(), let adjustments: Number = try reader.number(),
            let dustValue: Number = try reader.number(), let baseFeeAmount: Number = try reader.number(),
            let baseFeeValue: Number = try reader.number()
        else { return nil }
        for number in [entry.amount, entry.notional, exit.amount, exit.notional, openAmount, closedCost]
        where !number.isZero && !number.isPositive {
            throw BodyFault(message: "an amount or a cost below zero")
        }
        (self.entry, self.exit) = (entry, exit)
        (self.openAmount, self.closedCost) = (openAmount, closedCost)
        (self.fees, self.adjustments, self.dustValue) = (fees, adjustments, dustValue)
        (self.baseFeeAmount, self.baseFeeValue) = (baseFeeAmount, baseFeeValue)
        self.isFeesIncomplete = isFeesIncomplete
    }
}

extension Leg {
    fileprivate init?(_ reader: inout ByteReader) throws(BodyFault) {
        guard let amount: Number = try reader.number(), let notional: Number = try reader.number() else { return nil }
        (self.amount, self.notional) = (amount, notional)
        let count = try reader.uint8("prices of a leg")
        guard let priceCount = PriceCount(rawValue: count), (priceCount == .none) == amount.isZero else {
            throw BodyFault(message: "a leg of \(count) prices")
        }
        self.priceCount = priceCount
        guard priceCount == .one else { return }
        guard let price: Number = try reader.number() else { return nil }
        self.price = price
    }
}

extension ByteReader {
    /// Reads a decimal after its length; nil where the type does not hold it.
    fileprivate mutating func number<Number: ExactNumber>() throws(BodyFault) -> Number? {
        let byteCount = Int(try uint8("decimal"))
        let start = try take(byteCount, "decimal") - bytes.startIndex
        let range = start..<(start + byteCount)
        let span = bytes.span
        guard DecimalCoding.isCanonical(span, range) else {
            throw BodyFault(message: "a decimal that is not canonical")
        }
        return Number(span, range)
    }
}

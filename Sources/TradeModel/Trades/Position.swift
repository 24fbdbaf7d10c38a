/// The money of a trade, without its identity: the result of its fills, fees and adjustments.
///
/// Plain numbers without references, so that trying a step on a copy is cheap.
struct Position: Hashable, Sendable {
    /// Everything that was entered.
    private(set) var entry = Leg()
    /// Everything that was taken out against a price; dust is not.
    private(set) var exit = Leg()
    /// Base quantity still open.
    private(set) var openAmount = Decimal.zero
    /// Quote cost of what has been closed, at average cost.
    private(set) var closedCost = Decimal.zero
    /// Sum of the fees in quote currency; a rebate is negative.
    private(set) var fees = Decimal.zero
    /// Whether a fee in a third currency counts zero in `fees`.
    private(set) var isFeesIncomplete = false
    /// The part of the fees that was paid in the base currency.
    private(set) var baseFees = BaseFees()
    /// Quote value of the dust that the close wrote off.
    private(set) var dustValue = Decimal.zero
    /// Sum of funding, interest and the like in quote currency; positive was received.
    private(set) var adjustments = Decimal.zero

    /// Takes in what opens or increases.
    mutating func enter(_ amount: Decimal, at price: Decimal, _ fee: Fill.FeeValue) throws(DecimalError) {
        try entry.add(amount: amount, price: price)
        openAmount = try openAmount.adding(amount)
        try charge(fee)
    }

    /// Takes out a part, which is not more than what is open.
    mutating func take(_ amount: Decimal, at price: Decimal, _ fee: Fill.FeeValue) throws(DecimalError) {
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
        _ fee: Fill.FeeValue,
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

    private mutating func charge(_ fee: Fill.FeeValue) throws(DecimalError) {
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

/// The money as bytes, for `Trade.state`.
extension Position {
    func append(to bytes: inout [UInt8]) {
        entry.append(to: &bytes)
        exit.append(to: &bytes)
        for decimal in [openAmount, closedCost, fees, adjustments, dustValue] {
            DecimalCoding.encode(decimal, into: &bytes)
        }
        baseFees.append(to: &bytes)
    }

    init(_ reader: inout ByteReader, isFeesIncomplete: Bool) throws(BodyFault) {
        entry = try Leg(&reader)
        exit = try Leg(&reader)
        openAmount = try reader.decimal()
        closedCost = try reader.decimal()
        fees = try reader.decimal()
        self.isFeesIncomplete = isFeesIncomplete
        adjustments = try reader.decimal()
        dustValue = try reader.decimal()
        baseFees = try BaseFees(&reader)
    }
}

/// One direction of a trade, all its fills together: everything entered, or everything taken out.
public struct Leg: Hashable, Sendable {
    /// Base quantity.
    public private(set) var amount = Decimal.zero
    /// Quote value, the sum of amount · price, exact.
    public private(set) var notional = Decimal.zero
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

/// The state of a leg as bytes, for `Trade.state`.
extension Leg {
    func append(to bytes: inout [UInt8]) {
        DecimalCoding.encode(amount, into: &bytes)
        DecimalCoding.encode(notional, into: &bytes)
        switch price {
        case .none: bytes.append(0)
        case .one(let price):
            bytes.append(1)
            DecimalCoding.encode(price, into: &bytes)
        case .several: bytes.append(2)
        }
    }

    init(_ reader: inout ByteReader) throws(BodyFault) {
        amount = try reader.decimal()
        notional = try reader.decimal()
        switch try reader.uint8("prices of a leg") {
        case 0: price = .none
        case 1: price = .one(try reader.decimal())
        case 2: price = .several
        case let number: throw BodyFault(message: "a leg of \(number) prices")
        }
    }
}

/// The fees of a trade that were paid in its base currency: how many coins, and the quote value that `fees` counts.
struct BaseFees: Hashable, Sendable {
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

/// The sums as bytes, for `Trade.state`.
extension BaseFees {
    func append(to bytes: inout [UInt8]) {
        DecimalCoding.encode(amount, into: &bytes)
        DecimalCoding.encode(value, into: &bytes)
    }

    init(_ reader: inout ByteReader) throws(BodyFault) {
        amount = try reader.decimal()
        value = try reader.decimal()
    }
}

extension ByteReader {
    fileprivate mutating func decimal() throws(BodyFault) -> Decimal {
        let byteCount = Int(try uint8("decimal"))
        let start = try take(byteCount, "decimal") - bytes.startIndex
        let range = start..<(start + byteCount)
        guard DecimalCoding.isCanonical(bytes.span, range) else {
            throw BodyFault(message: "a decimal that is not canonical")
        }
        return DecimalCoding.decode(bytes.span, range)
    }
}

/// What follows from a trade's state: averages and results, in quote currency.
public struct TradeFigures: Hashable, Sendable {
    /// Average price of everything entered.
    public let entryPrice: Decimal
    /// Average price of everything taken out; nil before any exit.
    public let exitPrice: Decimal?
    /// Gross P&L of what has been closed − fees + adjustments; dust that fees took counts at their value.
    public let realizedPnL: Decimal
    /// 100 · realized P&L / cost of what has been closed, 8 decimals half-even; 0 while nothing is closed.
    public let pnlPercent: Decimal

    static let percentScale = 8

    init(of position: Position, _ side: Trade.Side) throws(DecimalError) {
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
                times: Self.hundred,
                by: position.closedCost,
                decimals: Self.percentScale
            )
    }

    private static let hundred = Decimal(canonicalCoefficient: 100, scale: 0)
}

extension Trade {
    /// The figures derived from the state, computed on demand because quotients are the most expensive part of an
    /// event.
    public var figures: TradeFigures {
        do { return try TradeFigures(of: position, side) } catch {
            preconditionFailure("an event whose figures do not fit is refused: \(error)")
        }
    }

    /// Whether it is closed with a profit, on the exact value.
    ///
    /// False for a voided trade.
    public var isWon: Bool { status == .closed && figures.realizedPnL.isPositive }
}

/// Upper bounds of a trade's figures in bits, which cost a few additions where the figures cost several divisions.
///
/// An event whose figures do not fit a decimal is refused, so this is checked for each event. The bounds suffice for
/// all but extreme numbers, for which the figures are computed.
enum FigureBounds {
    /// Whether all figures of the position fit for certain; where this is false they may or may not.
    static func allFit(_ position: Position) -> Bool {
        // Every partial sum of the realized P&L is within the sum of the five magnitudes, at the largest of the scales.
        let terms = (position.exit.notional, position.closedCost, position.fees, position.adjustments)
        let dustValue = position.dustValue
        let scale = max(max(terms.0.scale, terms.1.scale), max(terms.2.scale, terms.3.scale), dustValue.scale)
        let bitCount = max(
            max(terms.0.bitCount(at: scale), terms.1.bitCount(at: scale)),
            max(terms.2.bitCount(at: scale), terms.3.bitCount(at: scale)),
            dustValue.bitCount(at: scale)
        )
        let realizedBitCount = bitCount + 3
        guard realizedBitCount <= bitCountMax, fits(position.entry), fits(position.exit) else { return false }
        guard !position.closedCost.isZero else { return true }
        // A percent is a hundredth, of 8 digits after the point.
        let exponent = 2 + TradeFigures.percentScale + position.closedCost.scale - scale
        return quotientBitCount(realizedBitCount, exponent, by: position.closedCost) <= bitCountMax
    }

    /// Whether the average price of the leg fits for certain.
    private static func fits(_ leg: Leg) -> Bool {
        guard leg.hasSeveralPrices else { return true }
        let exponent = Decimal.quotientScale + leg.amount.scale - leg.notional.scale
        return quotientBitCount(leg.notional.bitCount, exponent, by: leg.amount) <= bitCountMax
    }

    /// The most bits of a dividend of so many bits times 10^`exponent`, divided by the divisor's coefficient.
    private static func quotientBitCount(_ dividendBitCount: Int, _ exponent: Int, by divisor: Decimal) -> Int {
        dividendBitCount + Decimal.bitCount(ofTenTo: max(exponent, 0)) - (divisor.bitCount - 1)
    }

    /// A bit less than a coefficient has, for the quotient that is rounded up.
    private static let bitCountMax = 126
}

extension Decimal {
    fileprivate var bitCount: Int { UInt128.bitWidth - coefficient.magnitude.leadingZeroBitCount }

    /// The most bits that the coefficient has once it is brought to a scale that is not less than its own.
    fileprivate func bitCount(at scale: Int) -> Int {
        isZero ? 0 : bitCount + Self.bitCount(ofTenTo: scale - self.scale)
    }

    /// The most bits of 10^`exponent`, where that is not negative: 10/3 is a little more than the logarithm.
    fileprivate static func bitCount(ofTenTo exponent: Int) -> Int { exponent == 0 ? 0 : exponent * 10 / 3 + 1 }
}

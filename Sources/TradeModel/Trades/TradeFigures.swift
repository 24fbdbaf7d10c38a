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

    init(of money: Money<Decimal>, _ side: Trade.Side) throws(DecimalError) {
        entryPrice = try money.entry.averagePrice ?? .zero
        exitPrice = try money.exit.averagePrice
        realizedPnL = try Self.realizedPnL(of: money, side)
        pnlPercent =
            money.closedCost.isZero
            ? .zero
            : try Decimal.quotient(
                realizedPnL,
                times: Self.hundred,
                by: money.closedCost,
                decimals: Self.percentScale
            )
    }

    fileprivate static func grossPnL(of money: Money<Decimal>, _ side: Trade.Side) throws(DecimalError) -> Decimal {
        let difference = try money.exit.notional.adding(money.dustValue).subtracting(money.closedCost)
        return side == .buy ? difference : difference.negated
    }

    fileprivate static func realizedPnL(of money: Money<Decimal>, _ side: Trade.Side) throws(DecimalError) -> Decimal {
        try grossPnL(of: money, side).subtracting(money.fees).adding(money.adjustments)
    }

    private static let hundred = Decimal(canonicalCoefficient: 100, scale: 0)
}

extension Trade {
    /// The figures derived from the state, computed on demand because quotients are the most expensive part of an
    /// event.
    public var figures: TradeFigures { fitting(TradeFigures.init) }

    /// `figures.realizedPnL`, without the quotients.
    public var realizedPnL: Decimal { fitting(TradeFigures.realizedPnL) }

    /// The gross P&L of the closed amount, before fees and adjustments; dust that fees took counts at their value.
    package var grossPnL: Decimal { fitting(TradeFigures.grossPnL) }

    private func fitting<Figure>(_ figure: (Money<Decimal>, Side) throws(DecimalError) -> Figure) -> Figure {
        do throws(DecimalError) { return try figure(money, side) } catch {
            preconditionFailure("an event whose figures do not fit is refused: \(error)")
        }
    }

    /// The value of everything that was taken out against a price, in the quote currency.
    package var exitNotional: Decimal { money.exit.notional }

    /// Whether it is closed with a profit, on the exact value.
    ///
    /// False for a voided trade.
    public var isWon: Bool { status == .closed && realizedPnL.isPositive }
}

/// An event whose figures do not fit a decimal is refused, so each event is checked.
///
/// Upper bounds of the figures in bits cost a few additions, where the figures cost several divisions. The bounds
/// suffice for all but extreme numbers.
extension Decimal64 {
    /// By the bounds alone.
    @inline(__always)
    static func figuresFit(_ money: Money<Decimal64>, _ side: Trade.Side) -> Bool {
        let (exit, cost) = (money.exit.notional, money.closedCost)
        let magnitudes =
            exit.coefficient.magnitude | cost.coefficient.magnitude | money.fees.coefficient.magnitude
            | money.adjustments.coefficient.magnitude | money.dustValue.coefficient.magnitude
        let scale = max(
            max(exit.scale, cost.scale),
            max(money.fees.scale, max(money.adjustments.scale, money.dustValue.scale))
        )
        let bitCount = UInt64.bitWidth - magnitudes.leadingZeroBitCount + FigureBounds.bitCount(ofTenTo: scale)
        return FigureBounds.resultFits(bitCount, scale, cost) && FigureBounds.averageFits(money.entry)
            && FigureBounds.averageFits(money.exit)
    }

    var bitCount: Int { UInt64.bitWidth - coefficient.magnitude.leadingZeroBitCount }
}

extension Decimal {
    /// By the bounds, or by computing the figures.
    static func figuresFit(_ money: Money<Decimal>, _ side: Trade.Side) -> Bool {
        if figuresFitForCertain(money) { return true }
        do throws(DecimalError) { _ = try TradeFigures(of: money, side) } catch { return false }
        return true
    }

    /// Whether all figures fit; where this is false they may or may not.
    static func figuresFitForCertain(_ money: Money<Decimal>) -> Bool {
        let terms: InlineArray<5, Decimal> = [
            money.exit.notional, money.closedCost, money.fees, money.adjustments, money.dustValue,
        ]
        var (scale, bitCount) = (0, 0)
        for index in terms.indices { scale = max(scale, terms[index].scale) }
        for index in terms.indices where !terms[index].isZero {
            let shift = FigureBounds.bitCount(ofTenTo: scale - terms[index].scale)
            bitCount = max(bitCount, terms[index].bitCount + shift)
        }
        return FigureBounds.resultFits(bitCount, scale, money.closedCost) && FigureBounds.averageFits(money.entry)
            && FigureBounds.averageFits(money.exit)
    }

    var bitCount: Int { UInt128.bitWidth - coefficient.magnitude.leadingZeroBitCount }
}

/// Upper bounds of figures in bits, from those of the numbers that they follow from.
private enum FigureBounds {
    /// A bit less than a coefficient has, for the quotient that is rounded up.
    private static let bitCountMax = 126

    /// Whether the result of a trade fits, and its percentage of the closed cost: `bitCount` is the most that one of
    /// the five terms of the result has at the largest of their scales.
    @inline(__always)
    static func resultFits(_ bitCount: Int, _ scale: Int, _ closedCost: some ExactNumber) -> Bool {
        // Every partial sum is within the sum of the five magnitudes.
        let resultBitCount = bitCount + 3
        guard resultBitCount <= bitCountMax else { return false }
        guard !closedCost.isZero else { return true }
        // A percent is a hundredth, of 8 digits after the point.
        let exponent = 2 + TradeFigures.percentScale + closedCost.scale - scale
        return quotientBitCount(resultBitCount, exponent, closedCost.bitCount) <= bitCountMax
    }

    /// Whether the average price of a leg fits.
    @inline(__always)
    static func averageFits<Number>(_ leg: Leg<Number>) -> Bool {
        guard leg.priceCount == .several else { return true }
        let exponent = Decimal.quotientScale + leg.amount.scale - leg.notional.scale
        return quotientBitCount(leg.notional.bitCount, exponent, leg.amount.bitCount) <= bitCountMax
    }

    /// The most bits of a dividend of so many bits times 10^`exponent`, divided by a divisor of so many bits.
    @inline(__always)
    private static func quotientBitCount(_ dividendBitCount: Int, _ exponent: Int, _ divisorBitCount: Int) -> Int {
        dividendBitCount + bitCount(ofTenTo: max(exponent, 0)) - (divisorBitCount - 1)
    }

    /// The most bits of 10^`exponent`, where that is not negative: 10/3 is a little more than the logarithm.
    @inline(__always)
    static func bitCount(ofTenTo exponent: Int) -> Int { exponent == 0 ? 0 : exponent * 10 / 3 + 1 }
}

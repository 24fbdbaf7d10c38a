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
    /// The bits of the coefficient.
    fileprivate var bitCount: Int { UInt128.bitWidth - coefficient.magnitude.leadingZeroBitCount }

    /// The most bits that the coefficient has once it is brought to a scale that is not less than its own.
    fileprivate func bitCount(at scale: Int) -> Int {
        isZero ? 0 : bitCount + Self.bitCount(ofTenTo: scale - self.scale)
    }

    /// The most bits of 10^`exponent`, where that is not negative: 10/3 is a little more than the logarithm.
    fileprivate static func bitCount(ofTenTo exponent: Int) -> Int { exponent == 0 ? 0 : exponent * 10 / 3 + 1 }
}

/// Quotients, the only operation that rounds.
extension Decimal {
    /// The quotient, rounded half to even at 18 digits after the point, where the divisor is not zero.
    ///
    /// Throws `outOfRange` where it does not fit.
    public static func quotient(_ dividend: Decimal, by divisor: Decimal) throws(DecimalError) -> Decimal {
        try quotient(dividend, times: .one, by: divisor)
    }

    /// `left` · `right` / `divisor`, rounded once, half to even, at `decimals` (0 to 38) digits after the point.
    ///
    /// The divisor is not zero. Throws `outOfRange` where the rounded quotient does not fit; the product itself may be
    /// beyond any decimal.
    public static func quotient(
        _ left: Decimal,
        times right: Decimal,
        by divisor: Decimal,
        decimals: Int = quotientScale
    ) throws(DecimalError) -> Decimal {
        precondition(!divisor.isZero, "a divisor is not zero")
        precondition((0...scaleMax).contains(decimals), "a quotient has 0 to 38 digits after the point")
        let exponent = decimals + divisor.scale - left.scale - right.scale
        let isNegative = (left.isNegative != right.isNegative) != divisor.isNegative
        if let quotient = smallQuotient(left, times: right, by: divisor.coefficient.magnitude, exponent: exponent) {
            return try Decimal(magnitude: quotient, isNegative: isNegative, scale: decimals)
        }
        let quotient = try roundedQuotient(
            .product(left.coefficient.magnitude, right.coefficient.magnitude),
            by: divisor.coefficient.magnitude,
            exponent: exponent
        )
        return try Decimal(magnitude: quotient, isNegative: isNegative, scale: decimals)
    }

    /// The rounded quotient where 128 bits hold the whole dividend, which nearly all do; else nil.
    private static func smallQuotient(
        _ left: Decimal,
        times right: Decimal,
        by divisor: UInt128,
        exponent: Int
    ) -> UInt128? {
        guard (0...scaleMax).contains(exponent), let left = UInt64(exactly: left.coefficient.magnitude),
            let right = UInt64(exactly: right.coefficient.magnitude)
        else { return nil }
        let (dividend, overflow) = (UInt128(left) &* UInt128(right))
            .multipliedReportingOverflow(by: .powerOfTen(exponent))
        guard !overflow else { return nil }
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        // Twice a remainder fits, because divisors have 127 bits; a quotient of 128 bits has no remainder.
        let isUp = remainder * 2 == divisor ? !quotient.isMultiple(of: 2) : remainder * 2 > divisor
        return isUp ? quotient + 1 : quotient
    }

    /// `dividend` · 10^`exponent` / `divisor`, rounded half to even to an integer.
    private static func roundedQuotient(
        _ dividend: UInt256,
        by divisor: UInt128,
        exponent: Int
    ) throws(DecimalError) -> UInt256 {
        var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        var lastDivisor = divisor
        var isInexactBelow = false
        var exponentLeft = exponent
        while exponentLeft > 0 {
            // Long division in base 10^step: the remainder gives the next digits.
            let step = min(exponentLeft, scaleMax)
            let digits = UInt256.product(remainder, .powerOfTen(step)).quotientAndRemainder(dividingBy: divisor)
            let (shifted, shiftOverflow) = quotient.multipliedReportingOverflow(by: .powerOfTen(step))
            let (sum, sumOverflow) = shifted.addingReportingOverflow(digits.quotient)
            guard !shiftOverflow, !sumOverflow else { throw .outOfRange }
            (quotient, remainder) = (sum, digits.remainder)
            exponentLeft -= step
        }
        while exponentLeft < 0 {
            // Digits are dropped: the last remainder decides, and earlier ones only whether it is a tie.
            let step = min(-exponentLeft, scaleMax)
            isInexactBelow = isInexactBelow || remainder != 0
            lastDivisor = .powerOfTen(step)
            (quotient, remainder) = quotient.quotientAndRemainder(dividingBy: lastDivisor)
            exponentLeft += step
        }
        // Twice a remainder fits, because divisors have 127 bits.
        let isHalf = remainder * 2 == lastDivisor
        let isUp = isHalf ? isInexactBelow || !quotient.low.isMultiple(of: 2) : remainder * 2 > lastDivisor
        guard isUp else { return quotient }
        let (roundedUp, overflow) = quotient.addingReportingOverflow(UInt256(1))
        guard !overflow else { throw .outOfRange }
        return roundedUp
    }
}

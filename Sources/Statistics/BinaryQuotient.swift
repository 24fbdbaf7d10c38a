internal import TradeModel

/// The binary64 number that is nearest to an exact quotient; a tie goes to the even one.
///
/// Sums are below 10^39 in units of 10^−38, so a quotient is between 10^−77 and 10^77: it neither overflows nor loses
/// digits as a subnormal number.
enum BinaryQuotient {
    /// The quotient of two sums; the divisor is not zero.
    ///
    /// Costs 64 steps of 256 bits.
    static func of(_ dividend: DecimalSum, by divisor: DecimalSum) -> Double {
        let magnitude = nearest(dividend.magnitude, by: divisor.magnitude)
        return dividend.isNegative == divisor.isNegative ? magnitude : -magnitude
    }

    /// The nearest number to a sum.
    static func of(_ sum: DecimalSum) -> Double {
        let magnitude = nearest(sum.magnitude, by: UInt256(.powerOfTen(Decimal.scaleMax)))
        return sum.isNegative ? -magnitude : magnitude
    }

    /// The nearest number to a decimal.
    static func of(_ decimal: Decimal) -> Double {
        // Both fit 53 bits, so the one division is the one rounding. Nearly all amounts take this way.
        if decimal.scale <= 22, decimal.coefficient.magnitude < 1 << 53 {
            return Double(Int64(truncatingIfNeeded: decimal.coefficient)) / exactPowersOfTen[decimal.scale]
        }
        let coefficient = UInt256(decimal.coefficient.magnitude)
        let magnitude = nearest(coefficient, by: UInt256(.powerOfTen(decimal.scale)))
        return decimal.isNegative ? -magnitude : magnitude
    }

    /// All powers of ten that binary64 has exactly.
    private static let exactPowersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static func nearest(_ dividend: UInt256, by divisor: UInt256) -> Double {
        precondition(divisor != .zero, "a divisor is not zero")
        guard dividend != .zero else { return 0 }
        let exponent = dividend.bitCount - divisor.bitCount
        let divisor = divisor.shiftedLeft(by: max(exponent, 0))
        var rest = dividend.shiftedLeft(by: max(-exponent, 0))
        var quotient: UInt64 = 0
        var carry = false
        for _ in 0..<UInt64.bitWidth {
            quotient <<= 1
            if carry || !(rest < divisor) {
                rest = rest.subtractingReportingOverflow(divisor).partialValue
                quotient |= 1
            }
            carry = rest.bitCount == 256
            rest = rest.shiftedLeft(by: 1)
        }
        // 63 or 64 digits, of which the conversion keeps 53. The last one says whether anything follows.
        if carry || rest != .zero { quotient |= 1 }
        return Double(sign: .plus, exponent: exponent - (UInt64.bitWidth - 1), significand: Double(quotient))
    }
}

extension UInt256 {
    fileprivate var bitCount: Int {
        high != 0 ? 256 - high.leadingZeroBitCount : 128 - low.leadingZeroBitCount
    }

    /// Without the bits that do not fit.
    ///
    /// A shift by a negative count goes the other way.
    fileprivate func shiftedLeft(by count: Int) -> UInt256 {
        UInt256(high: high << count | low >> (128 - count), low: low << count)
    }
}

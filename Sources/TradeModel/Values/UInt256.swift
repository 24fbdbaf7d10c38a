/// An unsigned integer of 256 bits, wide enough for the product of any two coefficients of decimals.
///
/// It has the few operations that decimals need, not those of a general integer.
package struct UInt256: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var high: UInt128
    package var low: UInt128

    package static let zero = UInt256(high: 0, low: 0)
    private static var lowHalf: UInt128 { UInt128(UInt64.max) }

    package init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    package init(_ value: UInt128) {
        self.init(high: 0, low: value)
    }

    /// The exact product of two factors of 128 bits.
    package static func product(_ left: UInt128, _ right: UInt128) -> UInt256 {
        // By halves, because `multipliedFullWidth` of 128 bits calls generic code.
        let (leftHigh, leftLow) = (left >> 64, left & Self.lowHalf)
        let (rightHigh, rightLow) = (right >> 64, right & Self.lowHalf)
        let low = leftLow &* rightLow
        let (first, second) = (leftHigh &* rightLow, leftLow &* rightHigh)
        let middle = (low >> 64) &+ (first & Self.lowHalf) &+ (second & Self.lowHalf)
        let high = leftHigh &* rightHigh &+ (first >> 64) &+ (second >> 64) &+ (middle >> 64)
        return UInt256(high: high, low: middle << 64 | low & Self.lowHalf)
    }

    /// The product modulo 2^256, and whether it did not fit.
    package func multipliedReportingOverflow(by factor: UInt128) -> (partialValue: UInt256, overflow: Bool) {
        let lower = low.multipliedFullWidth(by: factor)
        let upper = high.multipliedFullWidth(by: factor)
        let (sum, carry) = upper.low.addingReportingOverflow(lower.high)
        return (UInt256(high: sum, low: lower.low), carry || upper.high != 0)
    }

    /// The sum modulo 2^256, and whether it did not fit.
    package func addingReportingOverflow(_ other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
        let (lower, lowerCarry) = low.addingReportingOverflow(other.low)
        let (upper, upperCarry) = high.addingReportingOverflow(other.high)
        let (carried, carry) = upper.addingReportingOverflow(lowerCarry ? 1 : 0)
        return (UInt256(high: carried, low: lower), upperCarry || carry)
    }

    /// The difference modulo 2^256, and whether it is below zero.
    package func subtractingReportingOverflow(_ other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
        let (lower, lowerBorrow) = low.subtractingReportingOverflow(other.low)
        let (upper, upperBorrow) = high.subtractingReportingOverflow(other.high)
        let (borrowed, borrow) = upper.subtractingReportingOverflow(lowerBorrow ? 1 : 0)
        return (UInt256(high: borrowed, low: lower), upperBorrow || borrow)
    }

    /// The quotient, rounded down, and the remainder; the divisor is not zero.
    package func quotientAndRemainder(dividingBy divisor: UInt128) -> (quotient: UInt256, remainder: UInt128) {
        guard high != 0 else {
            let (quotient, remainder) = low.quotientAndRemainder(dividingBy: divisor)
            return (UInt256(quotient), remainder)
        }
        let upper = high.quotientAndRemainder(dividingBy: divisor)
        let lower = divisor.dividingFullWidth((upper.remainder, low))
        return (UInt256(high: upper.quotient, low: lower.quotient), lower.remainder)
    }

    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    package mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        precondition(self != .zero, "zero has no last digit")
        var count = 0
        for step in Self.zeroCountSteps where step <= countMax - count {
            // A multiple of 10^n is a multiple of 2^n, which costs far less to check.
            guard step <= trailingZeroBitCount else { continue }
            let (quotient, remainder) = quotientAndRemainder(dividingBy: .powerOfTen(step))
            guard remainder == 0 else { continue }
            self = quotient
            count += step
        }
        return count
    }

    /// Each step is taken at most once: 256 bits hold at most 77 zeros, and what is left after 38 is below 64.
    private static let zeroCountSteps = [38, 32, 16, 8, 4, 2, 1]

    private var trailingZeroBitCount: Int {
        low != 0 ? low.trailingZeroBitCount : UInt128.bitWidth + high.trailingZeroBitCount
    }

    package static func < (left: UInt256, right: UInt256) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    package var description: String {
        var bytes: [UInt8] = []
        DecimalText.write(magnitude: self, isNegative: false, scale: 0, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

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

    /// The number for people, rounded half to even to at most `digitCount` digits after the point.
    ///
    /// The zeros with which a value below one begins do not count.
    ///
    /// 0.000012345 rounded to two digits is 0.000012, and 1.235 is 1.24.
    package func rounded(toFractionDigits digitCount: Int) -> Decimal {
        let leadingZeroCount = max(0, scale - String(coefficient.magnitude).utf8.count)
        guard scale > leadingZeroCount + digitCount else { return self }
        do throws(DecimalError) {
            return try Self.quotient(self, times: .one, by: .one, decimals: leadingZeroCount + digitCount)
        } catch {
            preconditionFailure("a number with fewer digits fits: \(error)")
        }
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
    fileprivate static func roundedQuotient(
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

/// An exact sum of decimals in 256 bits, for totals over many trades.
///
/// It counts units of 10^−38, so it holds every digit that a decimal can have, and totals up to 10^39.
public struct DecimalSum: Hashable, Sendable, CustomStringConvertible {
    /// The units of 10^−38, without the sign.
    package private(set) var magnitude: UInt256 = .zero
    /// Whether the sum is below zero.
    public private(set) var isNegative = false

    /// The empty sum, which is zero.
    public init() {}

    /// Adds a value.
    ///
    /// Throws `outOfRange`, and leaves the sum unchanged, if the total would be beyond ±10^39.
    public mutating func add(_ value: Decimal) throws(DecimalError) {
        try add(value.magnitudeAtScaleMax, isNegative: value.isNegative)
    }

    /// Adds another sum, with the same error.
    package mutating func add(_ sum: DecimalSum) throws(DecimalError) {
        try add(sum.magnitude, isNegative: sum.isNegative)
    }

    private mutating func add(_ other: UInt256, isNegative isOtherNegative: Bool) throws(DecimalError) {
        if isOtherNegative == isNegative {
            let (sum, overflow) = magnitude.addingReportingOverflow(other)
            guard !overflow else { throw .outOfRange }
            magnitude = sum
        } else if magnitude < other {
            magnitude = other.subtractingReportingOverflow(magnitude).partialValue
            isNegative = isOtherNegative
        } else {
            magnitude = magnitude.subtractingReportingOverflow(other).partialValue
            isNegative = isNegative && magnitude != .zero
        }
    }

    /// Adds the square of a value, rounded half to even at 38 digits after the point.
    ///
    /// Throws `outOfRange`, and leaves the sum unchanged, if the total would be beyond ±10^39.
    package mutating func addSquare(of value: Decimal) throws(DecimalError) {
        let magnitude = value.coefficient.magnitude
        let exponent = Decimal.scaleMax - 2 * value.scale
        try add(Decimal.roundedQuotient(.product(magnitude, magnitude), by: 1, exponent: exponent), isNegative: false)
    }

    /// The sum divided by a count above 0, rounded half to even at 18 digits after the point.
    ///
    /// Throws `outOfRange` where it does not fit.
    package func mean(of count: UInt64) throws(DecimalError) -> Decimal {
        let exponent = Decimal.quotientScale - Decimal.scaleMax
        let quotient = try Decimal.roundedQuotient(magnitude, by: UInt128(count), exponent: exponent)
        return try Decimal(magnitude: quotient, isNegative: isNegative, scale: Decimal.quotientScale)
    }

    /// The sum with the opposite sign.
    package var negated: DecimalSum {
        var negated = self
        negated.isNegative = !isNegative && !isZero
        return negated
    }

    /// Whether the sum is zero.
    public var isZero: Bool { magnitude == .zero }
    /// Whether the sum is above zero.
    public var isPositive: Bool { !isZero && !isNegative }

    /// The sum as a decimal; `outOfRange` where it does not fit one.
    package func decimal() throws(DecimalError) -> Decimal {
        try Decimal(magnitude: magnitude, isNegative: isNegative, scale: Decimal.scaleMax)
    }

    /// The canonical text: no exponent, no trailing zeros after the point, no `-0`.
    public var description: String {
        guard !isZero else { return "0" }
        var rest = magnitude
        let scale = Decimal.scaleMax - rest.removeTrailingDecimalZeros(countMax: Decimal.scaleMax)
        var bytes: [UInt8] = []
        DecimalText.write(magnitude: rest, isNegative: isNegative, scale: scale, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An unsigned integer of 256 bits, wide enough for the product of any two coefficients of decimals.
///
/// It has the few operations that decimals need, not those of a general integer.
package struct UInt256: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var high: UInt128
    package var low: UInt128

    package static let zero = UInt256(high: 0, low: 0)

    package init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    package init(_ value: UInt128) {
        self.init(high: 0, low: value)
    }

    /// The exact product of two factors of 128 bits.
    package static func product(_ left: UInt128, _ right: UInt128) -> UInt256 {
        let product = left.multipliedFullWidth(by: right)
        return UInt256(high: product.high, low: product.low)
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

    /// The number's decimal digits.
    package var description: String {
        var bytes: [UInt8] = []
        DecimalText.write(magnitude: self, isNegative: false, scale: 0, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

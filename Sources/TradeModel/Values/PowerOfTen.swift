extension UInt128 {
    /// Ten to the power of an exponent from 0 to 38, which are all that fit 127 bits.
    package static func powerOfTen(_ exponent: Int) -> UInt128 { powersOfTen[exponent] }

    /// Written out as constant data: a table initialised at first use would be checked at each use.
    private static let powersOfTen: InlineArray<39, UInt128> = [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
        1_000_000_000,
        10_000_000_000,
        100_000_000_000,
        1_000_000_000_000,
        10_000_000_000_000,
        100_000_000_000_000,
        1_000_000_000_000_000,
        10_000_000_000_000_000,
        100_000_000_000_000_000,
        1_000_000_000_000_000_000,
        10_000_000_000_000_000_000,
        100_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000_000_000,
    ]
}

extension UInt64 {
    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    ///
    /// The number is not zero.
    mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        var count = 0
        // A multiple of 10^n is a multiple of 2^n, which costs far less to check.
        while count + 8 <= countMax, trailingZeroBitCount >= 8, isMultiple(of: 100_000_000) {
            self /= 100_000_000
            count += 8
        }
        while count < countMax, isMultiple(of: 2), isMultiple(of: 10) {
            self /= 10
            count += 1
        }
        return count
    }
}

extension UInt128 {
    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    ///
    /// The number is not zero.
    mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        precondition(self != 0, "zero has no last digit")
        // Half of all numbers are odd.
        if countMax == 0 || !isMultiple(of: 2) { return 0 }
        var count = 0
        // A division of 128 bits costs many times as much as one of 64, which nearly all numbers fit.
        while self > UInt64.max {
            let step = countMax - count >= 8 && trailingZeroBitCount >= 8 && isMultiple(of: 100_000_000) ? 8 : 1
            guard count < countMax, step == 8 || (isMultiple(of: 2) && isMultiple(of: 10)) else { return count }
            self /= Self.powerOfTen(step)
            count += step
        }
        var small = UInt64(truncatingIfNeeded: self)
        count += small.removeTrailingDecimalZeros(countMax: countMax - count)
        self = UInt128(small)
        return count
    }
}

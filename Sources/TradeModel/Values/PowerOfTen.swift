extension UInt128 {
    /// Ten to the power of an exponent from 0 to 38, which are all that fit 127 bits.
    package static func powerOfTen(_ exponent: Int) -> UInt128 { powersOfTen[exponent] }

    /// Written out, so that they are data of the program: what is computed at the first use is asked for at each.
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

    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    ///
    /// The number is not zero.
    mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        precondition(self != 0, "zero has no last digit")
        var count = 0
        // Each step is taken at most once: fewer than 2 · 32 zeros fit.
        var step = 32
        while step > 0 {
            // A multiple of 10^n is a multiple of 2^n, which costs far less to check.
            if step <= countMax - count, step <= trailingZeroBitCount, divide(byTenTo: step) { count += step }
            step /= 2
        }
        return count
    }

    /// Divides by a power of ten where that leaves no remainder; false, and the number as it was, elsewhere.
    private mutating func divide(byTenTo exponent: Int) -> Bool {
        let power = Self.powerOfTen(exponent)
        // A division of 128 bits costs many times as much as one of 64.
        if let small = UInt64(exactly: self), let smallPower = UInt64(exactly: power) {
            let (quotient, remainder) = small.quotientAndRemainder(dividingBy: smallPower)
            if remainder == 0 { self = UInt128(quotient) }
            return remainder == 0
        }
        let (quotient, remainder) = quotientAndRemainder(dividingBy: power)
        if remainder == 0 { self = quotient }
        return remainder == 0
    }
}

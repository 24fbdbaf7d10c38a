extension UInt128 {
    /// Ten to the power of an exponent from 0 to 38, which are all that fit 127 bits.
    package static func powerOfTen(_ exponent: Int) -> UInt128 { powersOfTen[exponent] }

    private static let powersOfTen: [UInt128] = {
        var powers: [UInt128] = [1]
        for exponent in 0..<Decimal.scaleMax { powers.append(powers[exponent] * 10) }
        return powers
    }()
}

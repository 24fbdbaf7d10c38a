/// Sums, differences and products, which are exact. Operands that fit 64 bits, nearly all, take a short way.
extension Decimal {
    /// The exact sum; `outOfRange` where it does not fit.
    public func adding(_ other: Decimal) throws(DecimalError) -> Decimal {
        if other.isZero { return self }
        if isZero { return other }
        if scale == other.scale {
            if let sum = smallSumOfSameScale(other) { return sum }
            let (sum, overflow) = coefficient.addingReportingOverflow(other.coefficient)
            if !overflow { return try Decimal(magnitude: sum.magnitude, isNegative: sum < 0, scale: scale) }
        } else if let sum = scale > other.scale ? smallSum(other) : other.smallSum(self) {
            return sum
        }
        var sum = DecimalSum()
        try sum.add(self)
        try sum.add(other)
        return try sum.decimal()
    }

    /// The exact difference; `outOfRange` where it does not fit.
    public func subtracting(_ other: Decimal) throws(DecimalError) -> Decimal { try adding(other.negated) }

    /// The sum with a decimal of the same scale where 64 bits hold it, else nil.
    private func smallSumOfSameScale(_ other: Decimal) -> Decimal? {
        guard let small = Int64(exactly: coefficient), let otherSmall = Int64(exactly: other.coefficient) else {
            return nil
        }
        let (sum, overflow) = small.addingReportingOverflow(otherSmall)
        guard !overflow else { return nil }
        return sum == 0 ? .zero : Self.small(magnitude: sum.magnitude, isNegative: sum < 0, scale: scale)
    }

    /// The canonical form of a magnitude of 64 bits that is not zero, at a scale that a decimal can have.
    private static func small(magnitude: UInt64, isNegative: Bool, scale: Int) -> Decimal {
        var rest = magnitude
        let restScale = scale - rest.removeTrailingDecimalZeros(countMax: scale)
        return Decimal(canonicalCoefficient: isNegative ? -Int128(rest) : Int128(rest), scale: restScale)
    }

    /// The sum with a decimal of a smaller scale where 64 bits hold what goes into it, else nil.
    ///
    /// It is canonical: this one's last digit is not zero, and the other has none at that place.
    private func smallSum(_ other: Decimal) -> Decimal? {
        let scaleDifference = scale - other.scale
        guard scaleDifference <= 18, let small = Int64(exactly: coefficient),
            let otherSmall = Int64(exactly: other.coefficient)
        else { return nil }
        // 63 bits times 60 do not overflow, and checking a product of 128 bits costs more than all else here.
        let sum = Int128(small) &+ Int128(otherSmall) &* Int128(truncatingIfNeeded: UInt128.powerOfTen(scaleDifference))
        return Decimal(canonicalCoefficient: sum, scale: scale)
    }

    /// The exact product; `outOfRange` where it does not fit.
    public func multiplied(by other: Decimal) throws(DecimalError) -> Decimal {
        let isNegative = isNegative != other.isNegative
        let scale = scale + other.scale
        if let left = UInt64(exactly: coefficient.magnitude), let right = UInt64(exactly: other.coefficient.magnitude) {
            let (product, overflow) = left.multipliedReportingOverflow(by: right)
            if !overflow, scale <= Self.scaleMax, product != 0 {
                return Self.small(magnitude: product, isNegative: isNegative, scale: scale)
            }
            return try Decimal(magnitude: UInt128(left) &* UInt128(right), isNegative: isNegative, scale: scale)
        }
        let product = UInt256.product(coefficient.magnitude, other.coefficient.magnitude)
        return try Decimal(magnitude: product, isNegative: isNegative, scale: scale)
    }
}

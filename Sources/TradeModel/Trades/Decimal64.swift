/// The numbers in which the money of a trade is computed: `Decimal64`, or `Decimal` where that does not hold one.
///
/// Each rule of a trade is written once, for both. A result is exact, and nil where the type does not hold it; only a
/// quotient of `Decimal` is rounded.
protocol ExactNumber: Hashable, Sendable {
    static var zero: Self { get }

    /// Decodes what a body holds of a decimal, whose bytes were checked when they were read.
    init?(_ body: Span<UInt8>, _ range: Range<Int>)
    /// The number of a decimal.
    init?(_ decimal: Decimal)
    /// The number as a `Decimal`, which holds every one.
    var decimal: Decimal { get }
    /// How many bits the magnitude of the coefficient has; 0 for zero.
    var bitCount: Int { get }
    /// The digits after the point.
    var scale: Int { get }
    var isZero: Bool { get }
    var isPositive: Bool { get }
    var negated: Self { get }
    func isAtMost(_ other: Self) -> Bool
    func sum(with other: Self) -> Self?
    func product(with other: Self) -> Self?
    /// The product with a factor, divided by a divisor above 0, at 18 decimals, half-even; no number is negative.
    func share(_ factor: Self, of divisor: Self) -> Self?
    /// Whether the figures of a trade with this money fit a `Decimal`; false also where this is not certain.
    static func figuresFit(_ money: Money<Self>, _ side: Trade.Side) -> Bool
}

/// The same operations for code that ends where a result does not fit.
extension ExactNumber {
    @inline(__always)
    func plus(_ other: Self) throws(DecimalError) -> Self { try Self.fitting(sum(with: other)) }

    @inline(__always)
    func minus(_ other: Self) throws(DecimalError) -> Self { try Self.fitting(sum(with: other.negated)) }

    @inline(__always)
    func times(_ other: Self) throws(DecimalError) -> Self { try Self.fitting(product(with: other)) }

    @inline(__always)
    static func fitting(_ number: Self?) throws(DecimalError) -> Self {
        guard let number else { throw .outOfRange }
        return number
    }
}

extension Decimal: ExactNumber {
    init?(_ body: Span<UInt8>, _ range: Range<Int>) { self = DecimalCoding.decode(body, range) }

    init?(_ decimal: Decimal) { self = decimal }

    var decimal: Decimal { self }

    func isAtMost(_ other: Decimal) -> Bool { self <= other }

    func sum(with other: Decimal) -> Decimal? {
        do throws(DecimalError) { return try adding(other) } catch { return nil }
    }

    func product(with other: Decimal) -> Decimal? {
        do throws(DecimalError) { return try multiplied(by: other) } catch { return nil }
    }

    func share(_ factor: Decimal, of divisor: Decimal) -> Decimal? {
        do throws(DecimalError) { return try Self.quotient(self, times: factor, by: divisor) } catch { return nil }
    }
}

/// An exact decimal number of 64 bits: a coefficient with its sign, divided by 10 to the power of a scale of 0 to 18.
///
/// Nearly every number of a trade is one, and arithmetic on it costs a fraction of that on a `Decimal`. Its values are
/// canonical as those of a `Decimal` are, and results are exact: nil says that 64 bits do not hold one.
struct Decimal64: Hashable, Sendable {
    private(set) var coefficient: Int64
    private(set) var scale: Int

    static let zero = Decimal64(coefficient: 0, scale: 0)
    static let scaleMax = 18

    /// A decimal that 64 bits hold; nil for any other.
    init?(_ decimal: Decimal) {
        guard let coefficient = Int64(exactly: decimal.coefficient), coefficient != .min,
            decimal.scale <= Self.scaleMax
        else { return nil }
        self.init(coefficient: coefficient, scale: decimal.scale)
    }

    /// Takes a coefficient and a scale that are canonical already.
    @inline(__always)
    init(coefficient: Int64, scale: Int) {
        self.coefficient = coefficient
        self.scale = scale
    }

    /// Brings a coefficient that is not zero into canonical form.
    @inline(__always)
    private init?(stripping coefficient: Int64, scale: Int) {
        self.init(coefficient: coefficient, scale: scale)
        // Half of all numbers are odd.
        while self.scale > 0, self.coefficient & 1 == 0 {
            let (quotient, remainder) = self.coefficient.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            (self.coefficient, self.scale) = (quotient, self.scale &- 1)
        }
        guard self.scale <= Self.scaleMax, self.coefficient != .min else { return nil }
    }

    @inline(__always)
    private static func powerOfTen(_ exponent: Int) -> Int64 {
        Int64(truncatingIfNeeded: UInt128.powerOfTen(exponent))
    }
}

extension Decimal64: ExactNumber {
    @inline(__always)
    init?(_ body: Span<UInt8>, _ range: Range<Int>) {
        let scale = body[range.lowerBound] & ~DecimalCoding.negativeBit
        guard range.count <= 1 + 8, scale <= Self.scaleMax else { return nil }
        let magnitude = body.littleEndian(at: range.lowerBound + 1, byteCount: range.count - 1)
        guard magnitude <= UInt64(Int64.max) else { return nil }
        let isNegative = body[range.lowerBound] & DecimalCoding.negativeBit != 0
        let coefficient = Int64(truncatingIfNeeded: magnitude)
        self.init(coefficient: isNegative ? -coefficient : coefficient, scale: Int(scale))
    }

    var decimal: Decimal { Decimal(canonicalCoefficient: Int128(coefficient), scale: scale) }
    var isZero: Bool { coefficient == 0 }
    var isPositive: Bool { coefficient > 0 }
    var negated: Decimal64 { Decimal64(coefficient: -coefficient, scale: scale) }

    @inline(__always)
    func isAtMost(_ other: Decimal64) -> Bool {
        if scale == other.scale { return coefficient <= other.coefficient }
        let shift = Self.powerOfTen(abs(scale &- other.scale))
        // 63 bits times 60 fit.
        return scale < other.scale
            ? Int128(coefficient) &* Int128(shift) <= Int128(other.coefficient)
            : Int128(coefficient) <= Int128(other.coefficient) &* Int128(shift)
    }

    @inline(__always)
    func sum(with other: Decimal64) -> Decimal64? {
        if other.coefficient == 0 { return self }
        if coefficient == 0 { return other }
        guard scale != other.scale else {
            let (sum, overflow) = coefficient.addingReportingOverflow(other.coefficient)
            guard !overflow else { return nil }
            return sum == 0 ? .zero : Decimal64(stripping: sum, scale: scale)
        }
        // The last digit of the finer one is not zero, and the other has none at that place: the sum is canonical.
        let (coarse, fine) = scale < other.scale ? (self, other) : (other, self)
        let (shifted, shiftOverflow) = coarse.coefficient.multipliedReportingOverflow(
            by: Self.powerOfTen(fine.scale &- coarse.scale)
        )
        let (sum, overflow) = shifted.addingReportingOverflow(fine.coefficient)
        guard !shiftOverflow, !overflow, sum != .min else { return nil }
        return Decimal64(coefficient: sum, scale: fine.scale)
    }

    @inline(__always)
    func product(with other: Decimal64) -> Decimal64? {
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: other.coefficient)
        guard !overflow else { return nil }
        return product == 0 ? .zero : Decimal64(stripping: product, scale: scale &+ other.scale)
    }

    /// Divides digit by digit until nothing is left.
    ///
    /// Nil for a quotient that does not end, which would have to be rounded.
    func share(_ factor: Decimal64, of divisor: Decimal64) -> Decimal64? {
        let (dividend, overflow) = coefficient.multipliedReportingOverflow(by: factor.coefficient)
        guard !overflow, dividend >= 0, (1..<Self.digitLimit).contains(divisor.coefficient) else { return nil }
        guard dividend > 0 else { return .zero }
        var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor.coefficient)
        var scale = scale &+ factor.scale &- divisor.scale
        while scale < 0 || remainder != 0 {
            guard quotient < Self.digitLimit, scale < Self.scaleMax else { return nil }
            let digit = (remainder &* 10).quotientAndRemainder(dividingBy: divisor.coefficient)
            (quotient, remainder) = (quotient &* 10 &+ digit.quotient, digit.remainder)
            scale &+= 1
        }
        return Decimal64(stripping: quotient, scale: scale)
    }

    /// Ten times a number below this, and a digit, fit 64 bits.
    private static let digitLimit = Int64.max / 10 - 1
}

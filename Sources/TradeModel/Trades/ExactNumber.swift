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

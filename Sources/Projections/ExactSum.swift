public import TradeModel

/// A sum of decimals that is exact, or unknown once it has been beyond ±10^39.
public struct ExactSum: Hashable, Sendable {
    private var sum: DecimalSum? = DecimalSum()

    /// Nothing, which is zero.
    public init() {}

    /// A sum that is known.
    package init(_ sum: DecimalSum) { self.sum = sum }

    /// A sum that nobody knows.
    package static var unknown: ExactSum {
        var unknown = ExactSum()
        unknown.sum = nil
        return unknown
    }

    /// Adds a value.
    public mutating func add(_ value: Decimal) {
        guard !value.isZero else { return }
        do throws(DecimalError) { try sum?.add(value) } catch { sum = nil }
    }

    /// Adds the square of a value, rounded half to even at 38 digits after the point.
    mutating func addSquare(of value: Decimal) {
        do throws(DecimalError) { try sum?.addSquare(of: value) } catch { sum = nil }
    }

    /// The sum divided by a count, rounded half to even at 18 digits after the point; nil where the count is 0, or the
    /// sum is unknown.
    package func mean(of count: UInt64) -> Decimal? {
        guard let sum, count > 0 else { return nil }
        do throws(DecimalError) { return try sum.mean(of: count) } catch { return nil }
    }

    /// Adds another sum.
    public mutating func add(_ other: ExactSum) {
        guard let added = other.sum else {
            sum = nil
            return
        }
        do throws(DecimalError) { try sum?.add(added) } catch { sum = nil }
    }

    /// Subtracts another sum.
    package mutating func subtract(_ other: ExactSum) { add(other.negated) }

    /// The sum as a decimal; nil where it is unknown, or does not fit one.
    public var value: Decimal? {
        guard let sum else { return nil }
        do throws(DecimalError) { return try sum.decimal() } catch { return nil }
    }

    /// The sum with all its digits; `outOfRange` where it is unknown.
    package var known: DecimalSum {
        get throws(DecimalError) {
            guard let sum else { throw .outOfRange }
            return sum
        }
    }

    /// Whether it is known to be zero.
    public var isZero: Bool { sum?.isZero ?? false }

    /// The sum of several sums, some of them subtracted.
    static func of(_ added: [ExactSum], less subtracted: [ExactSum] = []) -> ExactSum {
        var total = ExactSum()
        for sum in added { total.add(sum) }
        for sum in subtracted { total.subtract(sum) }
        return total
    }

    private var negated: ExactSum {
        sum.map { ExactSum($0.negated) } ?? .unknown
    }
}

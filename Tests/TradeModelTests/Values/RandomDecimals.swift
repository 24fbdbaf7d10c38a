import LedgerTestSupport
import TradeModel

extension Decimal {
    /// A decimal of any size: all lengths and scales are equally likely, and a third have a round coefficient.
    static func random(using generator: inout SeededGenerator) throws -> Decimal {
        let bitCount = Int.random(in: 0...127, using: &generator)
        var magnitude = UInt128.random(in: 0...UInt128.max, using: &generator) >> (128 - bitCount)
        if Int.random(in: 0..<3, using: &generator) == 0 {
            // Divisors and multiples of powers of ten are where trailing zeros and ties come from.
            let zeroCount = Int.random(in: 0...38, using: &generator)
            let unit = UInt128.powerOfTen(zeroCount) >> Int.random(in: 0...zeroCount, using: &generator)
            magnitude = unit * (magnitude % (Int128.max.magnitude / unit))
        }
        let coefficient = Bool.random(using: &generator) ? Int128(magnitude) : -Int128(magnitude)
        return try Decimal(coefficient: coefficient, scale: Int.random(in: 0...38, using: &generator))
    }

    var schoolbookMagnitude: Schoolbook { Schoolbook(String(coefficient.magnitude)) }
}

/// Operands of one round of a random test, so that a failure can name them.
struct Operands {
    let first: Decimal
    let second: Decimal
    let third: Decimal

    /// The first of this many operands that break a property; nil if it holds for all.
    static func firstBreaking(
        seed: UInt64,
        count: Int = 100_000,
        _ property: (Decimal, Decimal, Decimal) throws -> Bool
    ) throws -> Operands? {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count {
            let first = try Decimal.random(using: &generator)
            let second = try Decimal.random(using: &generator)
            let third = try Decimal.random(using: &generator)
            guard try property(first, second, third) else {
                return Operands(first: first, second: second, third: third)
            }
        }
        return nil
    }
}

/// The value of a calculation, or nil if the result is out of range.
func inRange(_ calculation: () throws(DecimalError) -> Decimal) throws(DecimalError) -> Decimal? {
    do {
        return try calculation()
    } catch .outOfRange {
        return nil
    }
}

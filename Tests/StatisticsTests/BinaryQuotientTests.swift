import LedgerTestSupport
import Testing
import TradeModel

@testable import Statistics

@Suite struct `A quotient of sums` {
    @Test(
        arguments: [
            ("1", "3", 1.0 / 3), ("-1", "3", -1.0 / 3), ("2", "-0.5", -4), ("0", "7", 0), ("0.1", "1", 0.1),
            // A tie goes to the even number, and the least excess over it goes up.
            ("9007199254740993", "1", 9_007_199_254_740_992), ("9007199254740995", "1", 9_007_199_254_740_996),
            ("9007199254740993.00000000000000000001", "1", 9_007_199_254_740_994),
            ("0.00000000000000000000000000000000000001", "170141183460469231731687303715884105727", 0x1p-127 * 1e-38),
        ] as [(String, String, Double)]
    )
    func `is the nearest number of binary64`(dividend: String, divisor: String, quotient: Double) throws {
        #expect(BinaryQuotient.of(try sum(dividend), by: try sum(divisor)) == quotient)
    }

    @Test func `has all 256 bits`() throws {
        let most = try sum(Array(repeating: "170141183460469231731687303715884105727", count: 5))
        #expect(BinaryQuotient.of(most, by: most) == 1)
        #expect(BinaryQuotient.of(try sum("1"), by: most) == 1 / BinaryQuotient.of(most))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `is that of a division of integers that binary64 has`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let left = generator.next(below: 1 << 53)
            let right = generator.next(below: 1 << (1 + generator.next(below: 52))) + 1
            let quotient = BinaryQuotient.of(try sum("\(left)"), by: try sum("\(right)"))
            #expect(quotient == Double(left) / Double(right), "seed \(seed)")
        }
    }

    @Test(arguments: [
        "0.1", "-123456.789", "12345678901234567890.5", "0.00000000000000000000000000012345", "9007199254740993",
    ])
    func `is that of its text for a decimal`(text: String) throws {
        #expect(BinaryQuotient.of(try Decimal(text)) == Double(text))
        #expect(BinaryQuotient.of(try sum(text)) == Double(text))
    }

    private func sum(_ text: String) throws -> DecimalSum { try sum([text]) }

    private func sum(_ addends: [String]) throws -> DecimalSum {
        var sum = DecimalSum()
        for text in addends { try sum.add(try Decimal(text)) }
        return sum
    }
}

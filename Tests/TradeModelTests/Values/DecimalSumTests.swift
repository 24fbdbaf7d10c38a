import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Sums of many decimals` {
    @Test(arguments: [UInt64(31)])
    func `taking every value out again, in any order, leaves zero`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var values: [Decimal] = []
        for _ in 0..<100_000 {
            let coefficient = Int128(Int64.random(in: .min ... .max, using: &generator)) * 1_000_003
            let scale = Int.random(in: 0...38, using: &generator)
            values.append(try Decimal(coefficient: coefficient, scale: scale))
        }
        var sum = DecimalSum()
        for value in values { try sum.add(value) }
        #expect(!sum.isZero)
        var sumInOtherOrder = DecimalSum()
        for value in values.shuffled(using: &generator) { try sumInOtherOrder.add(value) }
        #expect(sumInOtherOrder == sum)
        for value in values.shuffled(using: &generator) { try sum.add(value.negated) }
        #expect(sum.isZero)
        #expect(sum == DecimalSum())
    }

    @Test func `a sum of a billion values of 1e15 with 21 decimals fits`() throws {
        let millionValues = try Decimal("999999999999999.999999999999999999999").multiplied(by: Decimal("1e6"))
        var sum = DecimalSum()
        for _ in 0..<1000 { try sum.add(millionValues) }
        #expect(sum.description == "999999999999999999999999.999999999999")
        try sum.add(Decimal("1e-21"))
        #expect(sum.description == "999999999999999999999999.999999999999000000001")
    }

    @Test(arguments: [
        (["0.1", "0.2"], "0.3"),
        (["1", "-3"], "-2"),
        (["-1", "3"], "2"),
        (["-3", "1", "2"], "0"),
        (["1e-38", "1e38"], "100000000000000000000000000000000000000.00000000000000000000000000000000000001"),
        (["-5", "5", "-5"], "-5"),
        (
            Array(repeating: "170141183460469231731687303715884105727", count: 6),
            "1020847100762815390390123822295304634362"
        ),
    ])
    func `totals are exact`(values: [String], total: String) throws {
        var sum = DecimalSum()
        for value in values { try sum.add(Decimal(value)) }
        #expect(sum.description == total)
        #expect(sum.isNegative == total.hasPrefix("-"))
        #expect(sum.isZero == (total == "0"))
        #expect(sum.isPositive == (!sum.isNegative && !sum.isZero))
    }

    @Test func `a total that does not fit is an error and does not change the sum`() throws {
        let largest = try Decimal(coefficient: .max, scale: 0)
        var sum = DecimalSum()
        for _ in 0..<6 { try sum.add(largest) }
        let before = sum
        #expect(throws: DecimalError.outOfRange) { try sum.add(largest) }
        #expect(sum == before)
        try sum.add(largest.negated)
        #expect(sum.description == "850705917302346158658436518579420528635")
    }

    @Test func `a sum becomes a decimal if it fits`() throws {
        let largest = try Decimal(coefficient: .max, scale: 0)
        var sum = DecimalSum()
        try sum.add(largest)
        #expect(try sum.decimal() == largest)
        try sum.add(.one)
        #expect(throws: DecimalError.outOfRange) { try sum.decimal() }
    }
}

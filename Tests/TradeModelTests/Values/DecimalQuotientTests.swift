import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Quotients of decimals` {
    @Test(arguments: [UInt64(11)])
    func `a quotient is within half a unit, and even at exactly half`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed ^ .max)
        var quotientCount = 0
        var tieCount = 0
        let broken = try Operands.firstBreaking(seed: seed, count: 150_000) { left, right, divisor in
            let decimals = Int.random(in: 0...38, using: &generator)
            guard !divisor.isZero,
                let quotient = try inRange({ () throws(DecimalError) in
                    try Decimal.quotient(left, times: right, by: divisor, decimals: decimals)
                })
            else { return true }
            quotientCount += 1
            guard quotient.scale <= decimals else { return false }
            let divisorUnits = divisor.schoolbookMagnitude * .powerOfTen(left.scale + right.scale)
            let units = quotient.schoolbookMagnitude * .powerOfTen(decimals - quotient.scale)
            let exact = left.schoolbookMagnitude * right.schoolbookMagnitude * .powerOfTen(divisor.scale + decimals)
            let error = Schoolbook.distance(exact, units * divisorUnits)
            let isTie = error + error == divisorUnits
            if isTie { tieCount += 1 }
            let isNegative = (left.isNegative != right.isNegative) != divisor.isNegative
            return error + error <= divisorUnits && (!isTie || units.isEven)
                && (quotient.isZero || quotient.isNegative == isNegative)
        }
        #expect(broken == nil)
        #expect(quotientCount >= 100_000)
        #expect(tieCount > 0)
    }

    @Test(arguments: [UInt64(12)])
    func `a quotient equals schoolbook division, also if it does not fit`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed, count: 2000) { left, right, divisor in
            guard !divisor.isZero else { return true }
            let units = Schoolbook.roundedQuotient(
                left.schoolbookMagnitude * right.schoolbookMagnitude * .powerOfTen(divisor.scale + 18),
                by: divisor.schoolbookMagnitude * .powerOfTen(left.scale + right.scale)
            )
            let isNegative = (left.isNegative != right.isNegative) != divisor.isNegative
            let quotient = try inRange { () throws(DecimalError) in
                try Decimal.quotient(left, times: right, by: divisor)
            }
            return quotient?.description == units.decimalText(isNegative: isNegative, scale: 18)
        }
        #expect(broken == nil)
    }

    @Test(arguments: [
        ("1", "3", "0.333333333333333333"),
        ("2", "3", "0.666666666666666667"),
        ("-2", "3", "-0.666666666666666667"),
        ("1", "-8", "-0.125"),
        ("0", "-7", "0"),
        ("6", "3", "2"),
        // Exactly half a unit goes to the even neighbour.
        ("0.000000000000000001", "2", "0"),
        ("0.000000000000000003", "2", "0.000000000000000002"),
        ("-0.000000000000000003", "2", "-0.000000000000000002"),
        ("0.000000000000000005", "2", "0.000000000000000002"),
        ("0.0000000000000000005", "1", "0"),
        ("0.0000000000000000015", "1", "0.000000000000000002"),
        // Anything above half is rounded up, even if only an earlier division left a remainder.
        ("0.00000000000000000050000000000000000001", "1", "0.000000000000000001"),
        ("0.0000000000000000015000000000000000001", "3", "0.000000000000000001"),
        ("0.0000000000000000015", "3", "0"),
        ("170141183460469231731687303715884105727", "1", "170141183460469231731687303715884105727"),
        ("1", "170141183460469231731687303715884105727", "0"),
        ("1e-38", "1e-38", "1"),
        ("1e38", "1e38", "1"),
        ("1e20", "1e-18", "100000000000000000000000000000000000000"),
    ])
    func `quotients at the edges`(dividend: String, divisor: String, quotient: String) throws {
        #expect(try Decimal.quotient(Decimal(dividend), by: Decimal(divisor)).description == quotient)
    }

    @Test func `the product within a quotient may be beyond any decimal`() throws {
        let largest = try Decimal(coefficient: .max, scale: 0)
        let smallest = try Decimal("1e-38")
        #expect(try Decimal.quotient(largest, times: largest, by: largest) == largest)
        #expect(try Decimal.quotient(smallest, times: smallest, by: smallest, decimals: 38) == smallest)
    }

    @Test func `a quotient is rounded once, at the digits asked for`() throws {
        // Rounded first to 18 digits, 0.4999… would become 0.5, and then 1.
        let almostHalf = try Decimal("1.4999999999999999999999")
        #expect(try Decimal.quotient(almostHalf, times: .one, by: .one, decimals: 0).description == "1")
        #expect(try Decimal.quotient(Decimal("5"), times: .one, by: Decimal("8"), decimals: 2).description == "0.62")
    }

    @Test(arguments: [
        ("1e38", "1e-38"),
        ("170141183460469231731687303715884105727", "0.1"),
        // Some digits would fit, but not all of the 18 that a quotient keeps.
        ("1e21", "3"),
    ])
    func `a quotient that does not fit is an error`(dividend: String, divisor: String) throws {
        let (dividend, divisor) = try (Decimal(dividend), Decimal(divisor))
        #expect(throws: DecimalError.outOfRange) { try Decimal.quotient(dividend, by: divisor) }
    }

    @Test func `dividing by zero is a bug`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Decimal.quotient(.one, by: .zero)
        }
    }
}

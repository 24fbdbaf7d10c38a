import Testing
import TradeModel

@Suite struct `Sums and products of decimals` {
    private static let largest = "170141183460469231731687303715884105727"

    @Test(arguments: [UInt64(1)])
    func `a sum equals schoolbook addition, also if it does not fit`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed) { left, right, _ in
            let scale = max(left.scale, right.scale)
            let leftUnits = left.schoolbookMagnitude * .powerOfTen(scale - left.scale)
            let rightUnits = right.schoolbookMagnitude * .powerOfTen(scale - right.scale)
            let isSameSign = left.isNegative == right.isNegative
            let units = isSameSign ? leftUnits + rightUnits : .distance(leftUnits, rightUnits)
            let isNegative = leftUnits < rightUnits ? right.isNegative : left.isNegative
            let expected = units.decimalText(isNegative: isNegative, scale: scale)
            return try inRange { () throws(DecimalError) in try left.adding(right) }?.description == expected
        }
        #expect(broken == nil)
    }

    @Test(arguments: [UInt64(2)])
    func `a product equals schoolbook multiplication, also if it does not fit`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed) { left, right, _ in
            let units = left.schoolbookMagnitude * right.schoolbookMagnitude
            let isNegative = left.isNegative != right.isNegative
            let expected = units.decimalText(isNegative: isNegative, scale: left.scale + right.scale)
            return try inRange { () throws(DecimalError) in try left.multiplied(by: right) }?.description == expected
        }
        #expect(broken == nil)
    }

    @Test(arguments: [UInt64(3)])
    func `order does not matter, and subtracting undoes adding`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed) { left, right, _ in
            let sum = try inRange { () throws(DecimalError) in try left.adding(right) }
            let product = try inRange { () throws(DecimalError) in try left.multiplied(by: right) }
            return try sum == inRange { () throws(DecimalError) in try right.adding(left) }
                && product == inRange { () throws(DecimalError) in try right.multiplied(by: left) }
                && sum.map { try $0.subtracting(right) == left } != false
        }
        #expect(broken == nil)
    }

    @Test(arguments: [UInt64(4)])
    func `comparing agrees with the sign of the exact difference`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed) { left, right, _ in
            var difference = DecimalSum()
            try difference.add(left)
            try difference.add(right.negated)
            return (left < right) == difference.isNegative && (right < left) == difference.isPositive
                && (left == right) == difference.isZero
        }
        #expect(broken == nil)
    }

    @Test(arguments: [
        ("0.1", "0.2", "0.3"),
        ("1", "-1", "0"),
        ("0.15", "0.05", "0.2"),
        ("-5", "0.000000000000000000001", "-4.999999999999999999999"),
        (largest, "0", largest),
        (largest, "-1", "170141183460469231731687303715884105726"),
        ("-1", "-170141183460469231731687303715884105726", "-" + largest),
        // The digits of the intermediate sum are beyond 127 bits, those of the sum are not.
        ("1.00000000000000000000000000000000000005", "0.99999999999999999999999999999999999995", "2"),
        (
            "1.70141183460469231731687303715884105727", "1.70141183460469231731687303715884105723",
            "3.4028236692093846346337460743176821145"
        ),
    ])
    func `sums at the edges`(left: String, right: String, sum: String) throws {
        #expect(try Decimal(left).adding(Decimal(right)).description == sum)
        #expect(try Decimal(sum).subtracting(Decimal(right)).description == left)
    }

    @Test(arguments: [
        ("0.1", "0.1", "0.01"),
        ("2.5", "4", "10"),
        ("-0.000000000000000000001", "1000000000000000", "-0.000001"),
        ("0", "-3", "0"),
        ("-1", largest, "-" + largest),
        // 76 digits after the point before the zeros go.
        ("0.00000000000000000011920928955078125", "8388608", "0.000000000001"),
        ("0.00000000000000000000000000000000000001", "100000000000000000000000000000000000000", "1"),
        ("18446744073709551616", "9223372036854775807", "170141183460469231713240559642174554112"),
    ])
    func `products at the edges`(left: String, right: String, product: String) throws {
        #expect(try Decimal(left).multiplied(by: Decimal(right)).description == product)
    }

    @Test func `a value that does not fit is an error, and is never rounded`() throws {
        let largest = try Decimal(Self.largest)
        let smallest = try Decimal("1e-38")
        #expect(throws: DecimalError.outOfRange) { try largest.adding(.one) }
        #expect(throws: DecimalError.outOfRange) { try largest.negated.subtracting(.one) }
        #expect(throws: DecimalError.outOfRange) { try largest.adding(smallest) }
        #expect(throws: DecimalError.outOfRange) { try largest.multiplied(by: largest) }
        #expect(throws: DecimalError.outOfRange) { try largest.multiplied(by: Decimal("1.1")) }
        #expect(throws: DecimalError.outOfRange) { try smallest.multiplied(by: Decimal("0.1")) }
    }

    @Test func `a coefficient and a scale become canonical`() throws {
        #expect(try Decimal(coefficient: 1200, scale: 2) == Decimal("12"))
        #expect(try Decimal(coefficient: 1200, scale: 1).scale == 0)
        #expect(try Decimal(coefficient: 1200, scale: 40) == Decimal("12e-38"))
        #expect(try Decimal(coefficient: 0, scale: 1_000_000) == .zero)
        #expect(try Decimal(coefficient: -.max, scale: 38).coefficient == -.max)
        #expect(throws: DecimalError.outOfRange) { try Decimal(coefficient: 1201, scale: 40) }
        #expect(throws: DecimalError.outOfRange) { try Decimal(coefficient: .min, scale: 0) }
        #expect(throws: DecimalError.outOfRange) { try Decimal(coefficient: 1, scale: 39) }
    }

    @Test func `signs are distinguished`() throws {
        #expect(Decimal.zero.isZero && !Decimal.zero.isNegative && !Decimal.zero.isPositive)
        #expect(Decimal.one.isPositive && Decimal.one.negated.isNegative)
        #expect(Decimal.zero.negated == .zero)
    }

    @Test func `a decimal takes 24 bytes`() {
        #expect(MemoryLayout<Decimal>.stride == 24)
    }
}

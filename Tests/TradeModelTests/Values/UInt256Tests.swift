import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Integers of 256 bits` {
    private static let largest = UInt256(high: .max, low: .max)

    @Test(arguments: [UInt64(41)])
    func `division undoes multiplication`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var brokenCount = 0
        for _ in 0..<100_000 {
            let left =
                UInt128.random(in: 0...UInt128.max, using: &generator) >> Int.random(in: 0...127, using: &generator)
            let right = UInt128.random(in: 1...UInt128.max, using: &generator)
            let remainder = UInt128.random(in: 0..<right, using: &generator)
            let (dividend, overflow) = UInt256.product(left, right).addingReportingOverflow(UInt256(remainder))
            let result = dividend.quotientAndRemainder(dividingBy: right)
            if overflow || result.quotient != UInt256(left) || result.remainder != remainder { brokenCount += 1 }
        }
        #expect(brokenCount == 0)
    }

    @Test func `carries and borrows reach the upper half and beyond`() {
        let lowerHalf = UInt256(high: 0, low: .max)
        #expect(lowerHalf.addingReportingOverflow(UInt256(1)) == (UInt256(high: 1, low: 0), false))
        #expect(UInt256(high: 1, low: 0).subtractingReportingOverflow(UInt256(1)) == (lowerHalf, false))
        #expect(Self.largest.addingReportingOverflow(UInt256(1)) == (.zero, true))
        #expect(UInt256.zero.subtractingReportingOverflow(UInt256(1)) == (Self.largest, true))
    }

    @Test func `multiplying says when it does not fit`() {
        #expect(
            UInt256(high: 1, low: .max).multipliedReportingOverflow(by: 2) == (UInt256(high: 3, low: .max - 1), false)
        )
        #expect(UInt256(high: 1 << 127, low: 0).multipliedReportingOverflow(by: 2) == (.zero, true))
        #expect(Self.largest.multipliedReportingOverflow(by: 1) == (Self.largest, false))
        // The upper product fits, and only the carry from below does not.
        let third = UInt256(high: .max / 3, low: .max)
        #expect(third.multipliedReportingOverflow(by: 3).overflow)
    }

    @Test func `digits are written in full`() {
        #expect(UInt256.zero.description == "0")
        #expect(
            Self.largest.description
                == "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        )
        #expect(UInt256(high: 1, low: 0).description == "340282366920938463463374607431768211456")
    }

    @Test(arguments: 0...76)
    func `trailing zeros are removed, and no more than asked for`(zeroCount: Int) {
        let powers = (min(zeroCount, 38), max(0, zeroCount - 38))
        let number = UInt256.product(.powerOfTen(powers.0), .powerOfTen(powers.1))
        for countMax in [0, 1, zeroCount / 2, zeroCount, 76] {
            var rest = number
            let count = rest.removeTrailingDecimalZeros(countMax: countMax)
            #expect(count == min(zeroCount, countMax))
            #expect(rest.description == "1" + String(repeating: "0", count: zeroCount - count))
        }
    }

    @Test func `the upper half decides an order first`() {
        #expect(UInt256(high: 0, low: .max) < UInt256(high: 1, low: 0))
        #expect(UInt256(high: 1, low: 0) < UInt256(high: 1, low: 1))
    }
}

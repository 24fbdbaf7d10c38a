/// Schoolbook arithmetic on natural numbers, nine digits at a time; tests of decimals compare with it.
struct Schoolbook: Comparable, CustomStringConvertible {
    /// The least significant first, without leading zeros; zero has none.
    private var limbs: [UInt64]

    private static let base: UInt64 = 1_000_000_000
    private static let digitsPerLimb = 9

    private init(limbs: [UInt64]) {
        self.limbs = limbs
        while self.limbs.last == 0 { self.limbs.removeLast() }
    }

    /// The number with these decimal digits, and this many zeros after them.
    init(_ digits: some StringProtocol, zeroCount: Int = 0) {
        var limbs: [UInt64] = []
        var limb: UInt64 = 0
        var power: UInt64 = 1
        func appendDigit(_ digit: UInt64) {
            limb += digit * power
            power *= 10
            if power == Self.base {
                limbs.append(limb)
                (limb, power) = (0, 1)
            }
        }
        for _ in 0..<zeroCount { appendDigit(0) }
        for digit in digits.utf8.reversed() { appendDigit(UInt64(digit - UInt8(ascii: "0"))) }
        limbs.append(limb)
        self.init(limbs: limbs)
    }

    /// Ten to the power of an exponent from 0 to 200.
    static func powerOfTen(_ exponent: Int) -> Schoolbook { powersOfTen[exponent] }

    private static let powersOfTen = (0...200).map { Schoolbook("1", zeroCount: $0) }

    var isZero: Bool { limbs.isEmpty }
    var isEven: Bool { limbs.first.map { $0.isMultiple(of: 2) } ?? true }

    static func + (left: Schoolbook, right: Schoolbook) -> Schoolbook {
        var limbs: [UInt64] = []
        var carry: UInt64 = 0
        for index in 0..<max(left.limbs.count, right.limbs.count) {
            let sum = left.limb(index) + right.limb(index) + carry
            limbs.append(sum % base)
            carry = sum / base
        }
        limbs.append(carry)
        return Schoolbook(limbs: limbs)
    }

    /// The larger minus the smaller.
    static func distance(_ left: Schoolbook, _ right: Schoolbook) -> Schoolbook {
        let (larger, smaller) = left < right ? (right, left) : (left, right)
        var limbs: [UInt64] = []
        var borrow: UInt64 = 0
        for index in 0..<larger.limbs.count {
            let taken = smaller.limb(index) + borrow
            borrow = larger.limbs[index] < taken ? 1 : 0
            limbs.append(larger.limbs[index] + borrow * base - taken)
        }
        return Schoolbook(limbs: limbs)
    }

    static func * (left: Schoolbook, right: Schoolbook) -> Schoolbook {
        var limbs = [UInt64](repeating: 0, count: left.limbs.count + right.limbs.count)
        for (leftIndex, leftLimb) in left.limbs.enumerated() {
            var carry: UInt64 = 0
            for (rightIndex, rightLimb) in right.limbs.enumerated() {
                let sum = limbs[leftIndex + rightIndex] + leftLimb * rightLimb + carry
                limbs[leftIndex + rightIndex] = sum % base
                carry = sum / base
            }
            limbs[leftIndex + right.limbs.count] = carry
        }
        return Schoolbook(limbs: limbs)
    }

    /// The quotient rounded half to even, by long division digit by digit.
    static func roundedQuotient(_ dividend: Schoolbook, by divisor: Schoolbook) -> Schoolbook {
        var quotient = ""
        var remainder = Schoolbook("0")
        for digit in dividend.description {
            remainder = remainder * Schoolbook("10") + Schoolbook(String(digit))
            var count = 0
            while remainder >= divisor {
                remainder = distance(remainder, divisor)
                count += 1
            }
            quotient += String(count)
        }
        let floor = Schoolbook(quotient)
        let twice = remainder + remainder
        return twice > divisor || (twice == divisor && !floor.isEven) ? floor + Schoolbook("1") : floor
    }

    static func < (left: Schoolbook, right: Schoolbook) -> Bool {
        if left.limbs.count != right.limbs.count { return left.limbs.count < right.limbs.count }
        return left.limbs.reversed().lexicographicallyPrecedes(right.limbs.reversed())
    }

    var description: String {
        guard let first = limbs.last else { return "0" }
        return limbs.dropLast().reversed().reduce(into: String(first)) { text, limb in
            let digits = String(limb)
            text += String(repeating: "0", count: Self.digitsPerLimb - digits.count) + digits
        }
    }

    /// The canonical text of this number / 10^`scale` with a sign, or nil if no decimal can hold it.
    func decimalText(isNegative: Bool, scale: Int) -> String? {
        guard !isZero else { return "0" }
        var digits = Array(description.utf8)
        var scale = scale
        while scale > 0, digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            scale -= 1
        }
        guard scale <= 38,
            digits.count < Self.largestDigits.count
                || digits.count == Self.largestDigits.count && !Self.largestDigits.lexicographicallyPrecedes(digits)
        else { return nil }
        if scale > 0 {
            let missing = max(0, scale + 1 - digits.count)
            digits.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: missing), at: 0)
            digits.insert(UInt8(ascii: "."), at: digits.count - scale)
        }
        return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// The digits of 2^127 − 1.
    private static let largestDigits = Array("170141183460469231731687303715884105727".utf8)

    private func limb(_ index: Int) -> UInt64 { index < limbs.count ? limbs[index] : 0 }
}

/// A finite `numeric` as PostgreSQL sends and receives it: groups of four decimal digits around the point.
///
/// The value is Σ `groups[i]` · 10000 to the power of (`weight` - i).
/// Neither the first nor the last group is zero, so zero has no groups.
package struct BinaryNumeric: Equatable, Sendable {
    package let isNegative: Bool
    /// The power of 10000 of the first group.
    package let weight: Int16
    /// Digits that are shown after the point.
    package let displayScale: UInt16
    /// Base-10000 digits, most significant first.
    package let groups: [UInt16]

    static let positiveSign: UInt16 = 0x0000
    static let negativeSign: UInt16 = 0x4000
    static let displayScaleMax = 16_383

    /// Takes groups with zeros at either end, and a minus before zero, and brings them to the one form of the value.
    init(isNegative: Bool, weight: Int, displayScale: Int, groups: ArraySlice<UInt16>) {
        let significant = groups.drop { $0 == 0 }
        let leadingZeroCount = groups.count - significant.count
        let end = significant.lastIndex { $0 != 0 }.map { $0 + 1 } ?? significant.startIndex
        self.groups = Array(significant[..<end])
        self.isNegative = isNegative && !self.groups.isEmpty
        self.weight = self.groups.isEmpty ? 0 : Int16(weight - leadingZeroCount)
        self.displayScale = UInt16(displayScale)
    }
}

/// From groups of four digits to decimals.
extension BinaryNumeric {
    /// Reads the bytes of one binary `numeric` field.
    ///
    /// - Throws: `protocolViolation` for bytes that are none, and for `NaN` and the infinities, which are no decimals.
    package init(bytes: ArraySlice<UInt8>) throws(PostgresError) {
        guard bytes.count >= 8 else { throw Self.malformed }
        let words = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { offset in
            UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        }
        let (groupCount, weight, sign, displayScale) = (Int(words[0]), words[1], words[2], Int(words[3]))
        let groups = words[4...]
        guard bytes.count == 8 + 2 * groupCount, groups.allSatisfy({ $0 < 10_000 }) else { throw Self.malformed }
        guard sign == Self.positiveSign || sign == Self.negativeSign else {
            throw PostgresError(kind: .protocolViolation, message: "the numeric is NaN or infinite")
        }
        guard displayScale <= Self.displayScaleMax else { throw Self.malformed }
        self.init(
            isNegative: sign == Self.negativeSign,
            weight: Int(Int16(bitPattern: weight)),
            displayScale: displayScale,
            groups: groups
        )
    }

    private static var malformed: PostgresError {
        PostgresError(kind: .protocolViolation, message: "the bytes are no binary numeric")
    }

    /// The value in canonical form: no exponent, no trailing zeros after the point, no `-0`.
    ///
    /// - Complexity: O(*n*) in the number of digits.
    package var canonicalText: String {
        guard !groups.isEmpty else { return "0" }
        let weight = Int(weight)
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        let firstDigit = text.count
        for power in stride(from: max(weight, 0), through: 0, by: -1) {
            Self.append(group(power: power), to: &text)
        }
        // The number begins with its first digit that is not zero, or with the one before the point.
        let lastDigit = text.count - 1
        let begin = text[firstDigit..<lastDigit].firstIndex { $0 != UInt8(ascii: "0") } ?? lastDigit
        text.removeSubrange(firstDigit..<begin)
        let lastPower = weight - groups.count + 1
        if lastPower < 0 {
            text.append(UInt8(ascii: "."))
            for power in stride(from: -1, through: lastPower, by: -1) {
                Self.append(group(power: power), to: &text)
            }
            while text.last == UInt8(ascii: "0") {
                text.removeLast()
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The value as a coefficient and the smallest scale that it needs, or `nil` where the coefficient does not fit
    /// 127 bits or the scale is more than 38.
    package var coefficientAndScale: (coefficient: Int128, scale: Int)? {
        guard let last = groups.last else { return (0, 0) }
        let lastPower = Int(weight) - groups.count + 1
        // 127 bits are fewer than 40 digits: neither part of a fitting value has more than ten groups.
        guard weight <= 10, lastPower >= -10 else { return nil }
        // Digits of the last group of a fraction that are zeros are not part of the smallest scale.
        var digitCount = 4
        var lastDigits = UInt128(last)
        while lastPower < 0 && lastDigits % 10 == 0 {
            lastDigits /= 10
            digitCount -= 1
        }
        var steps: [(factor: UInt128, addend: UInt128)] = groups.dropLast().map { (10_000, UInt128($0)) }
        steps.append((UInt128(Self.powersOfTen[digitCount]), lastDigits))
        steps += repeatElement((factor: 10_000, addend: 0), count: max(lastPower, 0))
        var magnitude: UInt128 = 0
        for step in steps {
            let product = magnitude.multipliedReportingOverflow(by: step.factor)
            let sum = product.partialValue.addingReportingOverflow(step.addend)
            guard !product.overflow, !sum.overflow else { return nil }
            magnitude = sum.partialValue
        }
        let scale = lastPower < 0 ? 4 * -lastPower - (4 - digitCount) : 0
        guard let coefficient = Int128(exactly: magnitude), scale <= 38 else { return nil }
        return (isNegative ? -coefficient : coefficient, scale)
    }

    /// The digits of one power of 10000, which are zeros outside the groups.
    private func group(power: Int) -> UInt16 {
        let index = Int(weight) - power
        return groups.indices.contains(index) ? groups[index] : 0
    }

    private static func append(_ group: UInt16, to text: inout [UInt8]) {
        for divisor: UInt16 in [1_000, 100, 10, 1] {
            text.append(UInt8(ascii: "0") + UInt8(group / divisor % 10))
        }
    }
}

/// From decimals to groups of four digits.
extension BinaryNumeric {
    /// Reads an optional minus, digits, and optionally a point and digits.
    ///
    /// - Throws: `invalidArgument` for other text, or where `numeric` has not that many digits.
    /// - Complexity: O(*n*) in the number of digits.
    package init(text: ArraySlice<UInt8>) throws(PostgresError) {
        let isNegative = text.first == UInt8(ascii: "-")
        let unsigned = isNegative ? text.dropFirst() : text
        let point = unsigned.firstIndex(of: UInt8(ascii: "."))
        let integer = unsigned[..<(point ?? unsigned.endIndex)].drop { $0 == UInt8(ascii: "0") }
        let fraction = point.map { unsigned[($0 + 1)...] } ?? []
        let isDecimal =
            unsigned.first.map(Self.isDigit) == true
            && integer.allSatisfy(Self.isDigit) && fraction.allSatisfy(Self.isDigit)
            && (point == nil || !fraction.isEmpty)
        guard isDecimal else {
            throw PostgresError(kind: .invalidArgument, message: "the text is not a plain decimal")
        }
        guard integer.count <= Self.integerDigitCountMax, fraction.count <= Self.displayScaleMax else {
            throw PostgresError(kind: .invalidArgument, message: "the decimal has more digits than numeric can hold")
        }
        var groups: [UInt16] = []
        groups.reserveCapacity((integer.count + fraction.count) / 4 + 2)
        // Groups are aligned at the point: the first one of the integer part may be short, as may the last fraction's.
        var rest = integer
        while !rest.isEmpty {
            let digitCount = (rest.count - 1) % 4 + 1
            groups.append(Self.group(rest.prefix(digitCount)))
            rest = rest.dropFirst(digitCount)
        }
        let integerGroupCount = groups.count
        rest = fraction
        while !rest.isEmpty {
            let digits = rest.prefix(4)
            groups.append(Self.group(digits) * Self.powersOfTen[4 - digits.count])
            rest = rest.dropFirst(digits.count)
        }
        self.init(
            isNegative: isNegative,
            weight: integerGroupCount - 1,
            displayScale: fraction.count,
            groups: groups[...]
        )
    }

    private static let integerDigitCountMax = 131_072
    fileprivate static let powersOfTen: InlineArray<5, UInt16> = [1, 10, 100, 1_000, 10_000]

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16 {
        digits.reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}

/// The groups of a number of at most 39 digits, without an allocation.
struct DecimalGroups {
    /// The most groups that a number has.
    static let countMax = 11

    /// How many there are; 0 for zero.
    let count: Int
    /// The power of 10000 of the first group.
    let weight: Int16
    /// The least significant one first, with zeros at either end, of which `end` is after the most significant one.
    private var groups = InlineArray<11, UInt16>(repeating: 0)
    private let end: Int

    /// `magnitude` · 10 to the power of -`scale`; `scale` is 0 to 38.
    init(_ magnitude: UInt128, scale: Int) {
        precondition(scale >= 0 && scale <= 38, "a scale is 0 to 38")
        var rest = magnitude
        var end = 0
        // The digits that do not fill a group of the fraction are moved to its front.
        let lastDigitCount = scale % 4
        if lastDigitCount > 0 {
            let (quotient, digits) = Self.divide(rest, by: BinaryNumeric.powersOfTen[lastDigitCount])
            groups[0] = digits * BinaryNumeric.powersOfTen[4 - lastDigitCount]
            (rest, end) = (quotient, 1)
        }
        // A division of 128 bits costs many times as much as one of 64.
        while rest > UInt64.max {
            (rest, groups[end]) = Self.divide(rest, by: 10_000)
            end += 1
        }
        var smallRest = UInt64(rest)
        while smallRest > 0 {
            let (quotient, group) = smallRest.quotientAndRemainder(dividingBy: 10_000)
            groups[end] = UInt16(group)
            (smallRest, end) = (quotient, end + 1)
        }
        var begin = 0
        while begin < end, groups[begin] == 0 { begin += 1 }
        while end > begin, groups[end - 1] == 0 { end -= 1 }
        self.end = end
        count = end - begin
        weight = count == 0 ? 0 : Int16(end - 1 - (scale + 3) / 4)
    }

    /// A group, the most significant one first.
    subscript(index: Int) -> UInt16 { groups[end - 1 - index] }

    @inline(__always)
    private static func divide(_ number: UInt128, by divisor: UInt16) -> (quotient: UInt128, remainder: UInt16) {
        if let small = UInt64(exactly: number) {
            let (quotient, remainder) = small.quotientAndRemainder(dividingBy: UInt64(divisor))
            return (UInt128(quotient), UInt16(remainder))
        }
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: UInt128(divisor))
        return (quotient, UInt16(remainder))
    }
}

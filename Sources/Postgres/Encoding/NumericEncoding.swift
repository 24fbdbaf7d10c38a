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
    private static let powersOfTen: [UInt16] = [1, 10, 100, 1_000, 10_000]

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16 {
        digits.reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}

/// The groups of a number of at most 39 digits, without an allocation.
struct DecimalGroups {
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
            let divisor = Self.powersOfTen[lastDigitCount]
            let (quotient, remainder) = Self.divide(rest, by: divisor)
            groups[0] = remainder * Self.powersOfTen[4 - lastDigitCount]
            (rest, end) = (quotient, 1)
        }
        while rest > 0 {
            (rest, groups[end]) = Self.divide(rest, by: 10_000)
            end += 1
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

    private static let powersOfTen: InlineArray<5, UInt16> = [1, 10, 100, 1_000, 10_000]

    @inline(__always)
    private static func divide(_ number: UInt128, by divisor: UInt16) -> (quotient: UInt128, remainder: UInt16) {
        // A division of 128 bits costs many times as much as one of 64.
        if let small = UInt64(exactly: number) {
            let (quotient, remainder) = small.quotientAndRemainder(dividingBy: UInt64(divisor))
            return (UInt128(quotient), UInt16(remainder))
        }
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: UInt128(divisor))
        return (quotient, UInt16(remainder))
    }
}

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

    /// `coefficient` · 10 to the power of -`scale`, of which all `scale` digits are shown.
    package init(coefficient: Int128, scale: Int) {
        precondition(scale >= 0 && scale <= 38, "a scale is 0 to 38")
        var rest = coefficient.magnitude
        var groups: [UInt16] = []
        groups.reserveCapacity(11)
        // Least significant first. The digits that do not fill a group of the fraction are moved to its front.
        let lastDigitCount = scale % 4
        if lastDigitCount > 0 {
            let divisor = UInt128(Self.powersOfTen[lastDigitCount])
            groups.append(UInt16(rest % divisor) * Self.powersOfTen[4 - lastDigitCount])
            rest /= divisor
        }
        while rest > UInt128(UInt64.max) {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10_000)
            groups.append(UInt16(remainder))
            rest = quotient
        }
        var shortRest = UInt64(rest)
        while shortRest > 0 {
            groups.append(UInt16(shortRest % 10_000))
            shortRest /= 10_000
        }
        groups.reverse()
        let fractionGroupCount = (scale + 3) / 4
        self.init(
            isNegative: coefficient < 0,
            weight: groups.count - fractionGroupCount - 1,
            displayScale: scale,
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

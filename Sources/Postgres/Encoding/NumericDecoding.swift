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
        steps.append((Self.powersOfTen[digitCount], lastDigits))
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

    private static let powersOfTen: [UInt128] = [1, 10, 100, 1_000, 10_000]

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

/// The text of a decimal: what is read, the grammar of JSON's numbers; what is written, the canonical form.
enum DecimalText {
    /// Appends the digits with a point before the last `scale` of them, and a minus sign where it is asked for.
    static func write(magnitude: UInt256, isNegative: Bool, scale: Int, into bytes: inout [UInt8]) {
        let start = bytes.count
        var reversed = ReversedDigits(scale: scale)
        var rest = magnitude
        while rest.high != 0 || rest.low > UInt64.max {
            let (quotient, chunk) = rest.quotientAndRemainder(dividingBy: .powerOfTen(chunkDigitCount))
            reversed.append(UInt64(chunk), digitCountMin: chunkDigitCount, to: &bytes)
            rest = quotient
        }
        reversed.append(UInt64(rest.low), digitCountMin: max(0, scale + 1 - reversed.digitCount), to: &bytes)
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        var (first, last) = (start, bytes.count - 1)
        while first < last {
            bytes.swapAt(first, last)
            first += 1
            last -= 1
        }
    }

    /// The most digits that any `UInt64` can hold.
    private static let chunkDigitCount = 19

    /// Appends digits, the last one first, and the point where it belongs.
    private struct ReversedDigits {
        let scale: Int
        var digitCount = 0

        init(scale: Int) {
            self.scale = scale
        }

        mutating func append(_ value: UInt64, digitCountMin: Int, to bytes: inout [UInt8]) {
            var rest = value
            let digitCountEnd = digitCount + digitCountMin
            while rest != 0 || digitCount < digitCountEnd {
                if digitCount == scale, scale > 0 { bytes.append(UInt8(ascii: ".")) }
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
                digitCount += 1
            }
        }
    }
}

extension Decimal {
    /// Reads a JSON number that has at most 19 digits and no exponent, as nearly all have, and where it ends; nil for
    /// any other number.
    ///
    /// What follows the number is for the caller to check.
    static func short(in bytes: Span<UInt8>, from start: Int) -> (decimal: Decimal, end: Int)? {
        var index = start
        let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let integerStart = index
        // More digits than 64 bits hold give a wrong number, which is refused by the count of its digits.
        var magnitude: UInt64 = 0
        while index < bytes.count, let digit = bytes[index].decimalDigitValue {
            magnitude = magnitude &* 10 &+ UInt64(digit)
            index += 1
        }
        let integerDigitCount = index - integerStart
        guard integerDigitCount == 1 || integerDigitCount > 1 && bytes[integerStart] != UInt8(ascii: "0") else {
            return nil
        }
        var scale = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            while index < bytes.count, let digit = bytes[index].decimalDigitValue {
                magnitude = magnitude &* 10 &+ UInt64(digit)
                index += 1
            }
            scale = index - fractionStart
            guard scale > 0 else { return nil }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") { return nil }
        guard integerDigitCount + scale <= 19 else { return nil }
        let decimal = magnitude == 0 ? zero : small(magnitude: magnitude, isNegative: isNegative, scale: scale)
        return (decimal, index)
    }

    /// Reads a JSON number exactly; `notANumber` where the bytes are anything else, `outOfRange` where it does not fit.
    package init(parsing bytes: Span<UInt8>) throws(DecimalError) {
        var index = 0
        let end = bytes.count
        var digits = SignificantDigits()

        let isNegative = index < end && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }

        let integerStart = index
        while index < end, let digit = bytes[index].decimalDigitValue {
            digits.append(digit)
            index += 1
        }
        guard index > integerStart else { throw .notANumber }
        guard index == integerStart + 1 || bytes[integerStart] != UInt8(ascii: "0") else { throw .notANumber }

        var fractionDigitCount = 0
        if index < end, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            while index < end, let digit = bytes[index].decimalDigitValue {
                digits.append(digit)
                index += 1
            }
            fractionDigitCount = index - fractionStart
            guard fractionDigitCount > 0 else { throw .notANumber }
        }

        var exponent = 0
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            exponent = try Self.exponent(bytes, at: index + 1)
        } else if index < end {
            throw .notANumber
        }
        try self.init(digits, isNegative: isNegative, scale: fractionDigitCount - exponent)
    }

    private init(_ digits: SignificantDigits, isNegative: Bool, scale: Int) throws(DecimalError) {
        guard digits.magnitude != 0 else {
            self = .zero
            return
        }
        guard !digits.overflow else { throw .outOfRange }
        var magnitude = digits.magnitude
        let scale = scale - digits.trailingZeroCount
        guard (-Self.scaleMax...Self.scaleMax).contains(scale) else { throw .outOfRange }
        if scale < 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: .powerOfTen(-scale))
            guard !overflow else { throw .outOfRange }
            magnitude = product
        }
        guard magnitude <= Self.magnitudeMax else { throw .outOfRange }
        let coefficient = isNegative ? -Int128(magnitude) : Int128(magnitude)
        self.init(canonicalCoefficient: coefficient, scale: max(0, scale))
    }

    /// Reads what follows the `e`.
    ///
    /// An exponent beyond any decimal is cut short: what it scales is 0 or out of range.
    private static func exponent(_ bytes: Span<UInt8>, at start: Int) throws(DecimalError) -> Int {
        var index = start
        let end = bytes.count
        let isNegative = index < end && bytes[index] == UInt8(ascii: "-")
        if isNegative || (index < end && bytes[index] == UInt8(ascii: "+")) { index += 1 }
        guard index < end else { throw .notANumber }
        var exponent = 0
        while index < end {
            guard let digit = bytes[index].decimalDigitValue else { throw .notANumber }
            if exponent < exponentMax { exponent = exponent * 10 + Int(digit) }
            index += 1
        }
        return isNegative ? -exponent : exponent
    }

    /// More than the digits of any text in memory, so that these cannot bring a cut exponent back into range.
    private static let exponentMax = 1 << 56
}

/// The digits of a number without its leading and trailing zeros, so that the value is canonical without a division.
private struct SignificantDigits {
    private(set) var magnitude: UInt128 = 0
    /// Whether the digits do not fit `magnitude`, which then is meaningless but not zero.
    private(set) var overflow = false
    /// The zeros after the last nonzero digit.
    private(set) var trailingZeroCount = 0
    private var digitCount = 0

    mutating func append(_ digit: UInt8) {
        guard digit != 0 else {
            trailingZeroCount += 1
            return
        }
        let addedCount = digitCount == 0 ? 1 : trailingZeroCount + 1
        digitCount += addedCount
        trailingZeroCount = 0
        if digitCount <= 18 {
            // Most numbers end here, and arithmetic on 64 bits is several times as fast.
            var small = UInt64(truncatingIfNeeded: magnitude)
            for _ in 0..<addedCount { small &*= 10 }
            magnitude = UInt128(small &+ UInt64(digit))
        } else if digitCount <= 39, !overflow {
            let (product, productOverflow) = magnitude.multipliedReportingOverflow(by: .powerOfTen(addedCount))
            let (sum, sumOverflow) = product.addingReportingOverflow(UInt128(digit))
            if productOverflow || sumOverflow { overflow = true } else { magnitude = sum }
        } else {
            overflow = true
        }
    }
}

/// An exact decimal number: a coefficient of 127 bits with its sign, divided by 10 to the power of a scale of 0 to 38.
///
/// Every value has one representation, so equal numbers have equal coefficients and scales. Sums, differences and
/// products are exact: a result that does not fit is an error, never a rounding. Only `quotient` rounds.
public struct Decimal: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most digits after the point.
    public static let scaleMax = 38
    /// The digits after the point that a quotient keeps unless told otherwise.
    public static let quotientScale = 18
    /// 0.
    public static let zero = Decimal(canonicalCoefficient: 0, scale: 0)
    /// 1.
    public static let one = Decimal(canonicalCoefficient: 1, scale: 0)

    static var magnitudeMax: UInt128 { Int128.max.magnitude }

    // Halves make a decimal 24 bytes; an Int128 and a byte would be 32, and trades consist of decimals.
    private let coefficientHigh: Int64
    private let coefficientLow: UInt64
    private let scaleByte: UInt8

    /// The digits with the sign: at most 2^127 − 1 either way, and not a multiple of ten while `scale` is above 0.
    public var coefficient: Int128 { Int128(coefficientHigh) << 64 | Int128(coefficientLow) }

    /// The number of digits after the point, 0 to 38.
    public var scale: Int { Int(scaleByte) }

    /// Takes a coefficient and a scale that are canonical already.
    package init(canonicalCoefficient coefficient: Int128, scale: Int) {
        assert((0...Self.scaleMax).contains(scale), "a scale is 0 to 38")
        assert(coefficient != .min, "a magnitude has 127 bits")
        assert(scale == 0 || coefficient % 10 != 0, "a canonical fraction does not end in zero")
        coefficientHigh = Int64(truncatingIfNeeded: coefficient >> 64)
        coefficientLow = UInt64(truncatingIfNeeded: coefficient)
        scaleByte = UInt8(truncatingIfNeeded: scale)
    }

    /// The number `coefficient` / 10^`scale`, where the scale is not negative.
    ///
    /// Throws `outOfRange` where it does not fit without its trailing zeros.
    public init(coefficient: Int128, scale: Int) throws(DecimalError) {
        precondition(scale >= 0, "a scale is not negative")
        try self.init(magnitude: coefficient.magnitude, isNegative: coefficient < 0, scale: scale)
    }

    /// Reads a JSON number from its text, exactly, whatever the size of its exponent.
    ///
    /// Throws `notANumber` where the text is anything else and `outOfRange` where the number does not fit. `-0` is 0.
    public init(_ text: String) throws(DecimalError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// Brings a magnitude of 128 bits into canonical form; `outOfRange` where that does not fit.
    init(magnitude: UInt128, isNegative: Bool, scale: Int) throws(DecimalError) {
        guard magnitude != 0 else {
            self = .zero
            return
        }
        var rest = magnitude
        let restScale = scale - rest.removeTrailingDecimalZeros(countMax: scale)
        guard rest <= Self.magnitudeMax, restScale <= Self.scaleMax else { throw .outOfRange }
        self.init(canonicalCoefficient: isNegative ? -Int128(rest) : Int128(rest), scale: restScale)
    }

    /// Brings a magnitude of 256 bits into canonical form; `outOfRange` where that does not fit.
    init(magnitude: UInt256, isNegative: Bool, scale: Int) throws(DecimalError) {
        var (rest, restScale) = (magnitude, scale)
        if rest.high != 0 { restScale -= rest.removeTrailingDecimalZeros(countMax: scale) }
        guard rest.high == 0 else { throw .outOfRange }
        try self.init(magnitude: rest.low, isNegative: isNegative, scale: restScale)
    }

    /// Whether this is 0.
    public var isZero: Bool { coefficient == 0 }
    /// Whether this is below 0.
    public var isNegative: Bool { coefficient < 0 }
    /// Whether this is above 0.
    public var isPositive: Bool { coefficient > 0 }

    /// The same number with the other sign; 0 stays 0.
    public var negated: Decimal { Decimal(canonicalCoefficient: -coefficient, scale: scale) }

    /// The magnitude in units of 10^−38, which fits 254 bits for every decimal.
    var magnitudeAtScaleMax: UInt256 {
        .product(coefficient.magnitude, .powerOfTen(Self.scaleMax - scale))
    }

    /// Compares by value.
    public static func < (left: Decimal, right: Decimal) -> Bool {
        if left.scale == right.scale { return left.coefficient < right.coefficient }
        if left.coefficient.signum() != right.coefficient.signum() {
            return left.coefficient.signum() < right.coefficient.signum()
        }
        return left.isNegative
            ? right.magnitudeAtScaleMax < left.magnitudeAtScaleMax
            : left.magnitudeAtScaleMax < right.magnitudeAtScaleMax
    }

    /// The canonical text: no exponent, no trailing zeros after the point, no `-0`.
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the canonical text as ASCII.
    package func write(into bytes: inout [UInt8]) {
        DecimalText.write(magnitude: UInt256(coefficient.magnitude), isNegative: isNegative, scale: scale, into: &bytes)
    }
}

/// Why there is no decimal.
public enum DecimalError: Error, Hashable, Sendable {
    /// The text is not a JSON number.
    case notANumber
    /// The exact number needs more than 127 bits, or more than 38 digits after the point.
    case outOfRange
}

/// Sums, differences and products, which are exact. Operands that fit 64 bits, nearly all, take a short way.
extension Decimal {
    /// The exact sum; `outOfRange` where it does not fit.
    public func adding(_ other: Decimal) throws(DecimalError) -> Decimal {
        if other.isZero { return self }
        if isZero { return other }
        if scale == other.scale {
            if let sum = smallSumOfSameScale(other) { return sum }
            let (sum, overflow) = coefficient.addingReportingOverflow(other.coefficient)
            if !overflow { return try Decimal(magnitude: sum.magnitude, isNegative: sum < 0, scale: scale) }
        } else if let sum = scale > other.scale ? smallSum(other) : other.smallSum(self) {
            return sum
        }
        var sum = DecimalSum()
        try sum.add(self)
        try sum.add(other)
        return try sum.decimal()
    }

    /// The exact difference; `outOfRange` where it does not fit.
    public func subtracting(_ other: Decimal) throws(DecimalError) -> Decimal { try adding(other.negated) }

    /// The sum with a decimal of the same scale where 64 bits hold it, else nil.
    private func smallSumOfSameScale(_ other: Decimal) -> Decimal? {
        guard let small = Int64(exactly: coefficient), let otherSmall = Int64(exactly: other.coefficient) else {
            return nil
        }
        let (sum, overflow) = small.addingReportingOverflow(otherSmall)
        guard !overflow else { return nil }
        return sum == 0 ? .zero : Self.small(magnitude: sum.magnitude, isNegative: sum < 0, scale: scale)
    }

    /// The canonical form of a magnitude of 64 bits that is not zero, at a scale that a decimal can have.
    static func small(magnitude: UInt64, isNegative: Bool, scale: Int) -> Decimal {
        var rest = magnitude
        let restScale = scale - rest.removeTrailingDecimalZeros(countMax: scale)
        return Decimal(canonicalCoefficient: isNegative ? -Int128(rest) : Int128(rest), scale: restScale)
    }

    /// The sum with a decimal of a smaller scale where 64 bits hold what goes into it, else nil.
    ///
    /// It is canonical: this one's last digit is not zero, and the other has none at that place.
    private func smallSum(_ other: Decimal) -> Decimal? {
        let scaleDifference = scale - other.scale
        guard scaleDifference <= 18, let small = Int64(exactly: coefficient),
            let otherSmall = Int64(exactly: other.coefficient)
        else { return nil }
        // 63 bits times 60 do not overflow, and checking a product of 128 bits costs more than all else here.
        let sum = Int128(small) &+ Int128(otherSmall) &* Int128(truncatingIfNeeded: UInt128.powerOfTen(scaleDifference))
        return Decimal(canonicalCoefficient: sum, scale: scale)
    }

    /// The exact product; `outOfRange` where it does not fit.
    public func multiplied(by other: Decimal) throws(DecimalError) -> Decimal {
        let isNegative = isNegative != other.isNegative
        let scale = scale + other.scale
        if let left = UInt64(exactly: coefficient.magnitude), let right = UInt64(exactly: other.coefficient.magnitude) {
            let (product, overflow) = left.multipliedReportingOverflow(by: right)
            if !overflow, scale <= Self.scaleMax, product != 0 {
                return Self.small(magnitude: product, isNegative: isNegative, scale: scale)
            }
            return try Decimal(magnitude: UInt128(left) &* UInt128(right), isNegative: isNegative, scale: scale)
        }
        let product = UInt256.product(coefficient.magnitude, other.coefficient.magnitude)
        return try Decimal(magnitude: product, isNegative: isNegative, scale: scale)
    }
}

/// The binary form of a decimal: scale with the sign in the top bit, then the magnitude, little-endian without leading
/// zero bytes.
///
/// Canonical because `Decimal` is: zero is one zero byte.
enum DecimalCoding {
    /// How many bytes a decimal can have.
    static let byteCounts = 1...17
    static let negativeBit: UInt8 = 0x80

    /// How many bytes a decimal has, without its length.
    static func byteCount(_ decimal: Decimal) -> Int { 1 + magnitudeByteCount(decimal.coefficient.magnitude) }

    /// Appends a decimal after its length, which is one byte.
    static func encode(_ decimal: Decimal, into bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 1 + byteCounts.upperBound) { (room) in encode(decimal, into: &room) }
    }

    /// The same into room that an array has given.
    static func encode(_ decimal: Decimal, into bytes: inout OutputSpan<UInt8>) {
        let magnitude = decimal.coefficient.magnitude
        let byteCount = magnitudeByteCount(magnitude)
        bytes.append(UInt8(1 + byteCount))
        bytes.append(UInt8(decimal.scale) | (decimal.coefficient < 0 ? negativeBit : 0))
        var rest = magnitude
        for _ in 0..<byteCount {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    private static func magnitudeByteCount(_ magnitude: UInt128) -> Int {
        (UInt128.bitWidth - magnitude.leadingZeroBitCount + 7) / 8
    }

    /// Decodes what `encode` wrote after the length; the bytes were checked when they were read.
    static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Decimal {
        let isNegative = bytes[range.lowerBound] & negativeBit != 0
        let scale = Int(bytes[range.lowerBound] & ~negativeBit)
        let magnitude = Int128(truncatingIfNeeded: magnitude(bytes, range))
        return Decimal(canonicalCoefficient: isNegative ? -magnitude : magnitude, scale: scale)
    }

    /// Whether the bytes are what `encode` writes after the length for some decimal.
    @inline(__always)
    static func isCanonical(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard byteCounts.contains(range.count) else { return false }
        let magnitudeByteCount = range.count - 1
        let scale = Int(bytes[range.lowerBound] & ~negativeBit)
        guard magnitudeByteCount > 0 else { return bytes[range.lowerBound] == 0 }
        guard scale <= Decimal.scaleMax, bytes[range.upperBound - 1] != 0 else { return false }
        // Nearly all fit 64 bits, and arithmetic of 128 costs many times as much.
        if magnitudeByteCount <= 8 {
            let magnitude = bytes.littleEndian(at: range.lowerBound + 1, byteCount: magnitudeByteCount)
            return scale == 0 || !magnitude.isMultiple(of: 10)
        }
        let magnitude = magnitude(bytes, range)
        return magnitude <= Decimal.magnitudeMax && (scale == 0 || !magnitude.endsInDecimalZero)
    }

    @inline(__always)
    private static func magnitude(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt128 {
        let start = range.lowerBound + 1
        let count = range.upperBound - start
        let low = UInt128(bytes.littleEndian(at: start, byteCount: min(count, 8)))
        guard count > 8 else { return low }
        return UInt128(bytes.littleEndian(at: start + 8, byteCount: count - 8)) << 64 | low
    }
}

/// Powers of ten, and the zeros at the end of a number.
extension UInt128 {
    /// Ten to the power of an exponent from 0 to 38, which are all that fit 127 bits.
    package static func powerOfTen(_ exponent: Int) -> UInt128 { powersOfTen[exponent] }

    /// Written out as constant data: a table initialised at first use would be checked at each use.
    private static let powersOfTen: InlineArray<39, UInt128> = [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
        1_000_000_000,
        10_000_000_000,
        100_000_000_000,
        1_000_000_000_000,
        10_000_000_000_000,
        100_000_000_000_000,
        1_000_000_000_000_000,
        10_000_000_000_000_000,
        100_000_000_000_000_000,
        1_000_000_000_000_000_000,
        10_000_000_000_000_000_000,
        100_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000_000,
        1_000_000_000_000_000_000_000_000_000_000_000_000,
        10_000_000_000_000_000_000_000_000_000_000_000_000,
        100_000_000_000_000_000_000_000_000_000_000_000_000,
    ]

    /// Whether the last decimal digit is 0, as that of 0 is.
    fileprivate var endsInDecimalZero: Bool {
        // A division of 128 bits costs many times as much as one of 64.
        if let small = UInt64(exactly: self) { return small.isMultiple(of: 10) }
        return isMultiple(of: 2) && isMultiple(of: 5)
    }

    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    ///
    /// The number is not zero.
    fileprivate mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        precondition(self != 0, "zero has no last digit")
        // Half of all numbers are odd.
        if countMax == 0 || !isMultiple(of: 2) { return 0 }
        var count = 0
        // A division of 128 bits costs many times as much as one of 64, which nearly all numbers fit.
        while self > UInt64.max {
            let step = countMax - count >= 8 && trailingZeroBitCount >= 8 && isMultiple(of: 100_000_000) ? 8 : 1
            guard count < countMax, step == 8 || (isMultiple(of: 2) && isMultiple(of: 10)) else { return count }
            self /= Self.powerOfTen(step)
            count += step
        }
        var small = UInt64(truncatingIfNeeded: self)
        count += small.removeTrailingDecimalZeros(countMax: countMax - count)
        self = UInt128(small)
        return count
    }
}

extension UInt64 {
    /// Divides by the largest power of ten, of at most `countMax`, that leaves no remainder; returns its exponent.
    ///
    /// The number is not zero.
    fileprivate mutating func removeTrailingDecimalZeros(countMax: Int) -> Int {
        var count = 0
        // A multiple of 10^n is a multiple of 2^n, which costs far less to check.
        while count + 8 <= countMax, trailingZeroBitCount >= 8, isMultiple(of: 100_000_000) {
            self /= 100_000_000
            count += 8
        }
        while count < countMax, isMultiple(of: 2), isMultiple(of: 10) {
            self /= 10
            count += 1
        }
        return count
    }
}

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
        guard magnitude.high != 0 else {
            try self.init(magnitude: magnitude.low, isNegative: isNegative, scale: scale)
            return
        }
        var rest = magnitude
        let restScale = scale - rest.removeTrailingDecimalZeros(countMax: scale)
        guard rest.high == 0, rest.low <= Self.magnitudeMax, restScale <= Self.scaleMax else { throw .outOfRange }
        self.init(canonicalCoefficient: isNegative ? -Int128(rest.low) : Int128(rest.low), scale: restScale)
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
        DecimalText.write(
            magnitude: UInt256(coefficient.magnitude),
            isNegative: isNegative,
            scale: scale,
            into: &bytes
        )
    }
}

/// Why there is no decimal.
public enum DecimalError: Error, Hashable, Sendable {
    /// The text is not a JSON number.
    case notANumber
    /// The exact number needs more than 127 bits, or more than 38 digits after the point.
    case outOfRange
}

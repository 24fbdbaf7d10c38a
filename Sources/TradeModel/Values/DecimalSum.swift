/// An exact sum of decimals in 256 bits, for totals over many trades.
///
/// It counts units of 10^−38, so it holds every digit that a decimal can have, and totals up to 10^39.
public struct DecimalSum: Hashable, Sendable, CustomStringConvertible {
    private var magnitude: UInt256 = .zero
    /// Whether the sum is below zero.
    public private(set) var isNegative = false

    /// The empty sum, which is zero.
    public init() {}

    /// Adds a value; `outOfRange`, and the sum as it was, where the total would leave ±10^39.
    public mutating func add(_ value: Decimal) throws(DecimalError) {
        let other = value.magnitudeAtScaleMax
        if value.isNegative == isNegative {
            let (sum, overflow) = magnitude.addingReportingOverflow(other)
            guard !overflow else { throw .outOfRange }
            magnitude = sum
        } else if magnitude < other {
            magnitude = other.subtractingReportingOverflow(magnitude).partialValue
            isNegative = value.isNegative
        } else {
            magnitude = magnitude.subtractingReportingOverflow(other).partialValue
            isNegative = isNegative && magnitude != .zero
        }
    }

    /// Whether the sum is zero.
    public var isZero: Bool { magnitude == .zero }
    /// Whether the sum is above zero.
    public var isPositive: Bool { !isZero && !isNegative }

    /// The sum as a decimal; `outOfRange` where it does not fit one.
    package func decimal() throws(DecimalError) -> Decimal {
        try Decimal(magnitude: magnitude, isNegative: isNegative, scale: Decimal.scaleMax)
    }

    /// The canonical text: no exponent, no trailing zeros after the point, no `-0`.
    public var description: String {
        guard !isZero else { return "0" }
        var rest = magnitude
        let scale = Decimal.scaleMax - rest.removeTrailingDecimalZeros(countMax: Decimal.scaleMax)
        var bytes: [UInt8] = []
        DecimalText.write(magnitude: rest, isNegative: isNegative, scale: scale, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

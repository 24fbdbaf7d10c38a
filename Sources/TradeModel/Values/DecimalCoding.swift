/// The binary form of a decimal: scale with the sign in the top bit, then the magnitude, little-endian without leading
/// zero bytes.
///
/// Canonical because `Decimal` is: zero is one zero byte.
enum DecimalCoding {
    static let negativeBit: UInt8 = 0x80
    static let magnitudeByteCountMax = 16
    /// How many bytes a decimal can have.
    static let byteCounts = 1...(1 + magnitudeByteCountMax)

    /// Appends a decimal after its length, which is one byte.
    static func encode(_ decimal: Decimal, into bytes: inout [UInt8]) {
        let magnitude = decimal.coefficient.magnitude
        let byteCount = (UInt128.bitWidth - magnitude.leadingZeroBitCount + 7) / 8
        bytes.append(UInt8(1 + byteCount))
        bytes.append(UInt8(decimal.scale) | (decimal.coefficient < 0 ? negativeBit : 0))
        unsafe withUnsafeBytes(of: magnitude.littleEndian) { unsafe bytes.append(contentsOf: $0.prefix(byteCount)) }
    }

    /// Decodes what `encode` wrote after the length; the bytes were checked when they were read.
    static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Decimal {
        let isNegative = bytes[range.lowerBound] & negativeBit != 0
        let scale = Int(bytes[range.lowerBound] & ~negativeBit)
        let magnitude = Int128(truncatingIfNeeded: magnitude(bytes, range))
        return Decimal(canonicalCoefficient: isNegative ? -magnitude : magnitude, scale: scale)
    }

    /// Decodes bytes that may not be a canonical decimal: nil then.
    static func decodeIfCanonical(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Decimal? {
        isCanonical(bytes, range) ? decode(bytes, range) : nil
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

extension UInt128 {
    /// Whether the last decimal digit is 0, as that of 0 is.
    var endsInDecimalZero: Bool {
        // A division of 128 bits costs many times as much as one of 64.
        if let small = UInt64(exactly: self) { return small.isMultiple(of: 10) }
        return isMultiple(of: 2) && isMultiple(of: 5)
    }
}

/// The binary form of a decimal: scale with the sign in the top bit, count of magnitude bytes, then the magnitude,
/// little-endian without leading zero bytes.
///
/// Canonical because `Decimal` is: zero is two zero bytes.
enum DecimalCoding {
    static let negativeBit: UInt8 = 0x80
    static let magnitudeByteCountMax = 16

    static func byteCount(magnitudeByteCount: UInt8) -> Int { 2 + Int(magnitudeByteCount) }

    static func encode(_ decimal: Decimal, into bytes: inout [UInt8]) {
        var magnitude = decimal.coefficient.magnitude
        bytes.append(UInt8(decimal.scale) | (decimal.coefficient < 0 ? negativeBit : 0))
        let countIndex = bytes.count
        bytes.append(0)
        while magnitude != 0 {
            bytes.append(UInt8(truncatingIfNeeded: magnitude))
            magnitude >>= 8
        }
        bytes[countIndex] = UInt8(bytes.count - countIndex - 1)
    }

    /// Decodes what `encode` wrote; the bytes were checked when they were read.
    static func decode(_ bytes: ArraySlice<UInt8>) -> Decimal {
        guard let decimal = decodeIfCanonical(bytes) else { preconditionFailure("a body holds canonical decimals") }
        return decimal
    }

    /// Decodes bytes that may not be a canonical decimal: nil then.
    static func decodeIfCanonical(_ bytes: ArraySlice<UInt8>) -> Decimal? {
        let start = bytes.startIndex
        guard bytes.count >= 2, Int(bytes[start + 1]) == bytes.count - 2, bytes.count - 2 <= magnitudeByteCountMax
        else {
            return nil
        }
        var magnitude: UInt128 = 0
        for byte in bytes.dropFirst(2).reversed() { magnitude = magnitude << 8 | UInt128(byte) }
        guard magnitude <= Int128.max.magnitude, bytes.count == 2 || bytes.last != 0 else { return nil }
        let isNegative = bytes[start] & negativeBit != 0
        let coefficient = isNegative ? -Int128(magnitude) : Int128(magnitude)
        let scale = Int(bytes[start] & ~negativeBit)
        guard scale <= Decimal.scaleMax, !(isNegative && magnitude == 0),
            scale == 0 || coefficient % 10 != 0
        else { return nil }
        return Decimal(canonicalCoefficient: coefficient, scale: scale)
    }
}

internal import Glibc

/// Texts of binary64 numbers, as decimals without an exponent.
package enum SignificantText {
    private static let digitCount = 12

    /// The number with 12 significant digits, without trailing zeros, an exponent, or `-0`.
    ///
    /// The digits are those of the exact binary value, rounded half to even. The number is finite.
    package static func of(_ number: Double) -> String {
        precondition(number.isFinite, "only a finite number has digits")
        guard number != 0 else { return "0" }
        let parts = text(abs(number), "%.*e", digitCount - 1).split(separator: "e")
        var digits = parts[0].filter { $0 != "." }
        while digits.last == "0" { digits.removeLast() }
        let sign = number < 0 ? "-" : ""
        let exponent = Int(parts[1]) ?? 0
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        guard digits.count > exponent + 1 else {
            return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
        }
        return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }

    /// The number rounded to some digits after the point, half to even of the exact binary value.
    static func rounded(_ number: Double, decimals: Int) -> Double {
        Double(text(number, "%.*f", decimals)) ?? number
    }

    private static func text(_ number: Double, _ format: String, _ precision: Int) -> String {
        // The largest number has 309 digits before the point.
        var bytes = [CChar](repeating: 0, count: 400)
        let count = unsafe withVaList([Int32(truncatingIfNeeded: precision), number]) {
            unsafe vsnprintf(&bytes, bytes.count, format, $0)
        }
        return String(decoding: bytes.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

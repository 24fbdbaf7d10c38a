/// Decimal digits in ASCII text.
extension UInt8 {
    /// 0 to 9 where this byte is a digit, else nil.
    @inline(__always)
    var decimalDigitValue: UInt8? {
        let value = self &- UInt8(ascii: "0")
        return value <= 9 ? value : nil
    }
}

extension Array where Element == UInt8 {
    /// Appends a number that is not negative, with zeros before it where it has fewer digits.
    mutating func appendDigits(_ value: Int, digitCountMin: Int) {
        var power = 1
        for _ in 1..<digitCountMin { power *= 10 }
        while value / power >= 10 { power *= 10 }
        var rest = value
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        }
    }
}

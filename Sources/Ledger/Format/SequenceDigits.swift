/// A sequence in the name of a file: twenty digits, so that names sort as sequences do.
enum SequenceDigits {
    static let count = 20

    /// The digits, followed by the rest of the name.
    static func text(_ sequence: UInt64, followedBy suffix: String = "") -> String {
        let suffixByteCount = suffix.utf8.count
        return unsafe String(unsafeUninitializedCapacity: count + suffixByteCount) { buffer in
            var rest = sequence
            for index in (0..<count).reversed() {
                unsafe buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            _ = unsafe UnsafeMutableBufferPointer(rebasing: buffer[count...]).initialize(from: suffix.utf8)
            return count + suffixByteCount
        }
    }

    /// The sequence of such digits in ASCII; nil for anything else.
    static func number(_ digits: Substring.UTF8View) -> UInt64? {
        guard digits.count == count else { return nil }
        var (last, number): (UInt64, UInt64) = (0, 0)
        for digit in digits {
            let value = digit &- UInt8(ascii: "0")
            guard value < 10 else { return nil }
            last = number
            number = number &* 10 &+ UInt64(value)
        }
        // Only the twentieth digit can be one too many.
        return number / 10 == last ? number : nil
    }
}

/// A sequence in the name of a file: twenty digits, so that names sort as sequences do.
enum SequenceDigits {
    static func text(_ sequence: UInt64) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: SegmentName.digitCount - digits.utf8.count) + digits
    }

    /// The sequence of such digits; nil for anything else.
    static func number(_ digits: some StringProtocol) -> UInt64? {
        guard digits.utf8.count == SegmentName.digitCount, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return UInt64(digits)
    }
}

/// The name of a segment: its first sequence in twenty digits, so that names sort as their contents do.
package struct SegmentName: Hashable, Comparable, Sendable {
    package let firstSequence: UInt64

    static let suffix = ".segment"
    static let digitCount = 20

    package init(firstSequence: UInt64) {
        self.firstSequence = firstSequence
    }

    /// Reads a file's name; nil where it is not a segment's.
    package init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        let digits = fileName.dropLast(Self.suffix.count)
        guard digits.utf8.count == Self.digitCount, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let sequence = UInt64(digits), sequence > 0
        else { return nil }
        firstSequence = sequence
    }

    package var fileName: String {
        let digits = String(firstSequence)
        return String(repeating: "0", count: Self.digitCount - digits.utf8.count) + digits + Self.suffix
    }

    package static func < (left: SegmentName, right: SegmentName) -> Bool { left.firstSequence < right.firstSequence }
}

/// The name of a segment: its first sequence in twenty digits, so that names sort as their contents do.
package struct SegmentName: Hashable, Comparable, Sendable {
    /// How the bytes of a segment lie on the disk.
    package enum Form: String, CaseIterable, Sendable {
        /// As they were written, frame behind frame.
        case plain = ".segment"
        /// Finished and compressed; see `SealedHeader`.
        case sealed = ".sealed"

        /// The form of a file by the end of its name; plain where that says nothing.
        init(fileName: String) {
            self = fileName.hasSuffix(Form.sealed.rawValue) ? .sealed : .plain
        }
    }

    package let firstSequence: UInt64

    static let digitCount = 20

    package init(firstSequence: UInt64) {
        self.firstSequence = firstSequence
    }

    /// Reads a file's name; nil where it is not a segment's, plain or sealed.
    package init?(fileName: String) {
        guard let form = Form.allCases.first(where: { fileName.hasSuffix($0.rawValue) }) else { return nil }
        let digits = fileName.dropLast(form.rawValue.count)
        guard digits.utf8.count == Self.digitCount, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let sequence = UInt64(digits), sequence > 0
        else { return nil }
        firstSequence = sequence
    }

    /// The name of the file that holds the segment in a form.
    package func fileName(_ form: Form) -> String {
        let digits = String(firstSequence)
        return String(repeating: "0", count: Self.digitCount - digits.utf8.count) + digits + form.rawValue
    }

    /// The name of the file that it is written as.
    package var fileName: String { fileName(.plain) }

    package static func < (left: SegmentName, right: SegmentName) -> Bool { left.firstSequence < right.firstSequence }
}

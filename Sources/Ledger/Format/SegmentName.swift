/// The name of a segment: its first sequence in twenty digits, so that names sort as their contents do.
package struct SegmentName: Hashable, Comparable, Sendable {
    /// How the bytes of a segment lie on the disk.
    package enum Form: String, CaseIterable, Sendable {
        /// As they were written, one frame after another.
        case plain = ".segment"
        /// Finished and compressed; see `SealedHeader`.
        case sealed = ".sealed"

        /// The form of a file by the end of its name; plain where that says nothing.
        init(fileName: String) {
            self = fileName.hasSuffix(Form.sealed.rawValue) ? .sealed : .plain
        }

        /// The length of the name of such a file.
        fileprivate var nameByteCount: Int { SequenceDigits.count + rawValue.utf8.count }
    }

    package let firstSequence: UInt64

    package init(firstSequence: UInt64) {
        self.firstSequence = firstSequence
    }

    /// Reads a file's name; nil where it is not a segment's, plain or sealed.
    package init?(fileName: String) {
        // The length alone tells most other names apart, of which a directory is full.
        guard let form = Form.allCases.first(where: { $0.nameByteCount == fileName.utf8.count }),
            fileName.hasSuffix(form.rawValue),
            let sequence = SequenceDigits.number(fileName.utf8.prefix(SequenceDigits.count)), sequence > 0
        else { return nil }
        firstSequence = sequence
    }

    /// The name of the file that holds the segment in a form.
    package func fileName(_ form: Form) -> String {
        SequenceDigits.text(firstSequence, followedBy: form.rawValue)
    }

    /// The name of the file that it is written as.
    package var fileName: String { fileName(.plain) }

    package static func < (left: SegmentName, right: SegmentName) -> Bool { left.firstSequence < right.firstSequence }
}

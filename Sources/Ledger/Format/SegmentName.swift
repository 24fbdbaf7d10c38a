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
        // Only the twentieth digit can be one too many; and a sequence comes after every one that is named.
        return number / 10 == last && number < .max ? number : nil
    }
}

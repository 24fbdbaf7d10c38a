/// The bytes of a body where they lie: the walk over its fields, without a count of references for each step.
///
/// Offsets count from the start of the body. The bytes were checked before (`BodyCheck`).
extension Span<UInt8> {
    /// Where the id of the subject lies; empty where the event is about nothing.
    package var subjectRange: Range<Int> { EventBody.subjectOffset..<fieldsOffset }

    /// Where the fields begin, after type, time and subject.
    var fieldsOffset: Int { EventBody.subjectOffset + Int(self[EventBody.subjectOffset - 1]) }

    /// The field that begins at an offset, and the range of its value, or nil at the end; moves the offset past it.
    @inline(__always)
    func takeField(at offset: inout Int) -> (Field, Range<Int>)? {
        guard offset < count else { return nil }
        let field = Field(number: self[offset])
        var start = offset + 2
        var byteCount = Int(self[offset + 1])
        if byteCount == ValueLength.isLong {
            byteCount = Int(littleEndian32(at: start))
            start += 4
        }
        offset = start + byteCount
        return (field, start..<offset)
    }

    /// Where the value of a field lies; nil where the body does not have it.
    package func value(of field: Field) -> Range<Int>? {
        var offset = fieldsOffset
        // Numbers ascend, so a body lacks what is not found by then.
        while let (candidate, range) = takeField(at: &offset), candidate.number <= field.number {
            if candidate == field { return range }
        }
        return nil
    }
}

/// The length before a value: one byte, or for long values a mark and four bytes.
enum ValueLength {
    /// The byte before a length of four bytes.
    static let isLong = 255

    /// Appends the length of a value.
    static func append(_ byteCount: Int, to bytes: inout [UInt8]) {
        guard byteCount >= isLong else { return bytes.append(UInt8(byteCount)) }
        bytes.append(UInt8(isLong))
        bytes.appendLittleEndian(UInt32(byteCount))
    }
}

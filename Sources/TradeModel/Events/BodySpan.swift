/// The bytes of a body where they lie: the walk over its fields, without a count of references for each step.
///
/// Offsets count from the start of the body. The bytes were checked before (`BodyCheck`).
extension Span<UInt8> {
    /// Where the trade id lies.
    package var tradeIDRange: Range<Int> { EventBody.tradeIDOffset..<fieldsOffset }

    /// Where the fields begin, after type, time and trade id.
    var fieldsOffset: Int { EventBody.tradeIDOffset + Int(self[EventBody.tradeIDOffset - 1]) }

    /// The field that begins at an offset, and the range of its value, or nil at the end; moves the offset past it.
    @inline(__always)
    func takeField(at offset: inout Int) -> (Field, Range<Int>)? {
        guard offset < count else { return nil }
        guard let field = Field(rawValue: self[offset]) else { preconditionFailure("a body has known fields") }
        let start: Int
        let byteCount: Int
        switch field.form {
        case .text:
            start = offset + 3
            byteCount = Int(littleEndian16(at: offset + 1))
        case .decimal:
            start = offset + 1
            byteCount = DecimalCoding.byteCount(magnitudeByteCount: self[start + 1])
        case .json:
            start = offset + 5
            byteCount = Int(littleEndian32(at: offset + 1))
        }
        offset = start + byteCount
        return (field, start..<offset)
    }

    /// Where the value of a field lies; nil where the body does not have it.
    package func value(of field: Field) -> Range<Int>? {
        var offset = fieldsOffset
        // Tags ascend, so a body lacks what is not found by then.
        while let (candidate, range) = takeField(at: &offset), candidate.rawValue <= field.rawValue {
            if candidate == field { return range }
        }
        return nil
    }
}

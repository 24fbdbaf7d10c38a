/// Reads values from the front of bytes, with bounds checks.
package struct ByteReader {
    let bytes: ArraySlice<UInt8>
    /// The index of the next byte.
    ///
    /// Integers are read in place: a slice of its own for each costs more than the read.
    private(set) var next: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        next = bytes.startIndex
    }

    /// What was not taken yet.
    package var rest: ArraySlice<UInt8> { bytes[next...] }

    /// How many bytes were not taken yet.
    package var byteCountLeft: Int { bytes.endIndex - next }

    package mutating func bytes(_ count: Int, _ what: StaticString) throws(BodyFault) -> ArraySlice<UInt8> {
        let start = try take(count, what)
        return bytes[start..<next]
    }

    package mutating func uint8(_ what: StaticString) throws(BodyFault) -> UInt8 {
        bytes[try take(1, what)]
    }

    package mutating func uint16(_ what: StaticString) throws(BodyFault) -> UInt16 {
        bytes.littleEndian16(at: try take(2, what))
    }

    package mutating func uint32(_ what: StaticString) throws(BodyFault) -> UInt32 {
        bytes.littleEndian32(at: try take(4, what))
    }

    package mutating func uint64(_ what: StaticString) throws(BodyFault) -> UInt64 {
        bytes.littleEndian64(at: try take(8, what))
    }

    /// The index at which so many bytes begin, which are taken.
    mutating func take(_ count: Int, _ what: StaticString) throws(BodyFault) -> Int {
        guard byteCountLeft >= count else { throw BodyFault(message: "\(what) ends early") }
        defer { next += count }
        return next
    }
}

/// Takes values off the front of bytes and checks that they are there.
package struct ByteReader {
    /// What was not taken yet.
    package private(set) var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    package mutating func bytes(_ count: Int, _ what: StaticString) throws(BodyFault) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw BodyFault(message: "\(what) ends early") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    package mutating func uint8(_ what: StaticString) throws(BodyFault) -> UInt8 {
        let bytes = try bytes(1, what)
        return bytes[bytes.startIndex]
    }

    package mutating func uint16(_ what: StaticString) throws(BodyFault) -> UInt16 {
        let bytes = try bytes(2, what)
        return bytes.littleEndian16(at: bytes.startIndex)
    }

    package mutating func uint32(_ what: StaticString) throws(BodyFault) -> UInt32 {
        let bytes = try bytes(4, what)
        return bytes.littleEndian32(at: bytes.startIndex)
    }

    package mutating func uint64(_ what: StaticString) throws(BodyFault) -> UInt64 {
        let bytes = try bytes(8, what)
        return bytes.littleEndian64(at: bytes.startIndex)
    }
}

/// Fixed-width integers in byte arrays, little-endian, as every binary format of the ledger has them.
extension Array where Element == UInt8 {
    @inlinable package mutating func appendLittleEndian<Integer: FixedWidthInteger & UnsignedInteger>(_ value: Integer)
    {
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
    }

    /// Writes the integer over the bytes from an offset on.
    @inlinable package mutating func store<Integer: FixedWidthInteger & UnsignedInteger>(
        _ value: Integer,
        at offset: Int
    ) {
        var rest = value
        for index in offset..<(offset + MemoryLayout<Integer>.size) {
            self[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }

    @inlinable package func littleEndian32(at index: Int) -> UInt32 { span.littleEndian32(at: index) }
    @inlinable package func littleEndian64(at index: Int) -> UInt64 { span.littleEndian64(at: index) }
}

extension ArraySlice<UInt8> {
    @inlinable package func littleEndian16(at index: Int) -> UInt16 { span.littleEndian16(at: index - startIndex) }
    @inlinable package func littleEndian32(at index: Int) -> UInt32 { span.littleEndian32(at: index - startIndex) }
    @inlinable package func littleEndian64(at index: Int) -> UInt64 { span.littleEndian64(at: index - startIndex) }
}

/// The same into room that an array has given.
extension OutputSpan<UInt8> {
    @inlinable package mutating func appendLittleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
        _ value: Integer
    ) {
        let byteCount = MemoryLayout<Integer>.size
        precondition(freeCapacity >= byteCount, "there is room for the integer")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe UnsafeMutableRawBufferPointer(buffer)
                .storeBytes(of: value.littleEndian, toByteOffset: count, as: Integer.self)
            count += byteCount
        }
    }

    @inlinable package mutating func append(_ bytes: Span<UInt8>) {
        precondition(freeCapacity >= bytes.count, "there is room for the bytes")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe bytes.withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    .copyMemory(from: $0)
            }
            count += bytes.count
        }
    }
}

/// One load each, which traps outside of the bytes.
///
/// It is unsafe only for types that not every bit pattern is a value of.
extension Span<UInt8> {
    @inlinable package func littleEndian16(at offset: Int) -> UInt16 {
        unsafe UInt16(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable package func littleEndian32(at offset: Int) -> UInt32 {
        unsafe UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable package func littleEndian64(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The number of at most 8 bytes.
    @inline(__always)
    @inlinable package func littleEndian(at offset: Int, byteCount: Int) -> UInt64 {
        precondition((0...8).contains(byteCount), "a number of 64 bits has at most 8 bytes")
        // One load and a mask, unless the bytes end within it.
        if byteCount > 0, offset + 8 <= count {
            return littleEndian64(at: offset) & (.max >> UInt64(64 - 8 * byteCount))
        }
        return littleEndianByBytes(at: offset, byteCount: byteCount)
    }

    @usableFromInline package func littleEndianByBytes(at offset: Int, byteCount: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in (offset..<(offset + byteCount)).reversed() { number = number << 8 | UInt64(self[index]) }
        return number
    }
}

/// Text in borrowed bytes.
extension Span<UInt8> {
    /// The bytes as UTF-8.
    var text: String { unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) } }

    /// A copy of the bytes.
    var bytes: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }

    /// Whether the bytes are this text.
    func holds(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes are this text of small letters, with each as a small or a capital letter of ASCII.
    func holdsInAnyCase(_ smallLetters: String) -> Bool {
        guard count == smallLetters.utf8.count else { return false }
        var index = 0
        for byte in smallLetters.utf8 {
            guard self[index] == byte || self[index] == byte - 32 else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes are the same as others.
    package func holds(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        // Eight at a time: identifiers have some twenty bytes.
        while offset + 8 <= count {
            guard littleEndian64(at: offset) == other.littleEndian64(at: offset) else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] == other[offset] else { return false }
            offset += 1
        }
        return true
    }
}

extension UInt8 {
    /// 0 to 9 where this byte is a digit, else nil.
    @inline(__always)
    var decimalDigitValue: UInt8? {
        let value = self &- UInt8(ascii: "0")
        return value <= 9 ? value : nil
    }

    /// 0 to 15 where this byte is a hexadecimal digit of any case, else nil.
    var hexadecimalDigitValue: UInt8? {
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return decimalDigitValue ?? (letter < 6 ? letter + 10 : nil)
    }
}

extension Unicode.Scalar {
    /// Control characters, line separators, and what Unicode calls default ignorable: characters that steer a terminal,
    /// change the direction of text, or are not seen at all.
    ///
    /// The list is written out, so that every reader of `schema/proof-format.md` has the same one in every year.
    private static let hidden: [ClosedRange<UInt32>] = [
        0x0000...0x001F, 0x007F...0x009F, 0x00AD...0x00AD, 0x034F...0x034F, 0x061C...0x061C, 0x115F...0x1160,
        0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164,
        0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
        0xE0000...0xE0FFF,
    ]

    /// Whether text that shows this character as it is can look like other text.
    package var isHidden: Bool {
        guard !(0x20...0x7E).contains(value) else { return false }
        return Self.hidden.contains { $0.contains(value) }
    }
}

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

/// Why bytes are not the canonical form of an event body.
public struct BodyFault: Error, Hashable, Sendable {
    /// What is wrong with the bytes.
    public let message: String

    package init(message: String) {
        self.message = message
    }
}

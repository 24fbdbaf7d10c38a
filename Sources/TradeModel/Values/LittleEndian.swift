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

    @inlinable package func littleEndian16(at index: Int) -> UInt16 { span.littleEndian16(at: index) }
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
    func littleEndian(at offset: Int, byteCount: Int) -> UInt64 {
        precondition((0...8).contains(byteCount), "a number of 64 bits has at most 8 bytes")
        // One load and a mask, unless the bytes end within it.
        if byteCount > 0, offset + 8 <= count {
            return littleEndian64(at: offset) & (.max >> UInt64(64 - 8 * byteCount))
        }
        var number: UInt64 = 0
        for index in (offset..<(offset + byteCount)).reversed() { number = number << 8 | UInt64(self[index]) }
        return number
    }
}

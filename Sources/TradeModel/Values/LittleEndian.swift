/// Fixed-width integers in byte arrays, little-endian, as every binary format of the ledger has them.
extension Array where Element == UInt8 {
    @inlinable package mutating func appendLittleEndian<Integer: FixedWidthInteger & UnsignedInteger>(_ value: Integer)
    {
        var rest = value
        for _ in 0..<MemoryLayout<Integer>.size {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
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
}

extension RandomAccessCollection<UInt8> where Index == Int {
    @inlinable package func littleEndian16(at offset: Int) -> UInt16 { littleEndian(at: offset) }
    @inlinable package func littleEndian32(at offset: Int) -> UInt32 { littleEndian(at: offset) }
    @inlinable package func littleEndian64(at offset: Int) -> UInt64 { littleEndian(at: offset) }

    @inlinable package func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(at offset: Int) -> Integer {
        var value: Integer = 0
        for index in (0..<MemoryLayout<Integer>.size).reversed() {
            value = value << 8 | Integer(truncatingIfNeeded: self[offset + index])
        }
        return value
    }
}

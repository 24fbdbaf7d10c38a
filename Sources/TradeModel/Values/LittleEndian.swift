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
}

extension Span<UInt8> {
    package func littleEndian16(at offset: Int) -> UInt16 { littleEndian(at: offset) }
    package func littleEndian32(at offset: Int) -> UInt32 { littleEndian(at: offset) }
    package func littleEndian64(at offset: Int) -> UInt64 { littleEndian(at: offset) }

    /// One load, which traps outside of the bytes; any bytes are an integer.
    @inline(__always)
    private func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Integer {
        unsafe Integer(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// Whether a part of the bytes is this text.
    func holds(_ text: String, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var index = range.lowerBound
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
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

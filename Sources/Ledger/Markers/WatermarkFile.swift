import TradeModel

/// A sequence in a file of its own, which one process overwrites in place and others read: 16 bytes, of which the first
/// four name the file, the next four are the CRC32C of the last eight, and those are the sequence.
///
/// Written, not flushed: it reports a flush or a commit that is already complete.
package struct WatermarkFile: Sendable {
    package let fileName: String
    /// The first four bytes as a number, little-endian.
    let magic: UInt32

    static let byteCount = 16
    /// How often bytes that are not intact are read again: another process may be overwriting them.
    private static let attemptCountMax = 10

    /// The bytes that name the sequence.
    package func encode(_ sequence: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        encode(sequence, into: &bytes)
        return bytes
    }

    /// Writes the bytes that name the sequence over `byteCount` bytes.
    func encode(_ sequence: UInt64, into bytes: inout [UInt8]) {
        bytes.store(magic, at: 0)
        bytes.store(sequence, at: 8)
        bytes.store(Checksum.crc32c(bytes[8...]), at: 4)
    }

    /// The sequence in the bytes; nil if they are torn or damaged.
    package func decode(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == Self.byteCount, bytes.littleEndian32(at: 0) == magic else { return nil }
        let sequence = bytes.littleEndian64(at: 8)
        // No log reaches the greatest number, which has no successor.
        return bytes.littleEndian32(at: 4) == Checksum.crc32c(bytes[8...]) && sequence < .max ? sequence : nil
    }

    /// Reads what was last published from the open file; 0 where there is nothing to trust.
    func read<S: Storage>(from file: OpenFile<S>) throws(LedgerError) -> UInt64 {
        for _ in 0..<Self.attemptCountMax {
            if let sequence = decode(try file.bytes(0..<Self.byteCount)) { return sequence }
        }
        return 0
    }
}

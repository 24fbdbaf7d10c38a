import TradeModel

/// The file in which the writer tells readers of other processes how far the log is durable.
///
/// It is written after the flush that it speaks of, so what it says is true even if the writer is gone; it is not
/// flushed itself, so after a power cut it may say less than is true.
package struct DurablePosition {
    package static let fileName = "durable"
    static let byteCount = 16
    private static let magic: UInt32 = 0x5044_4C54  // "TLDP" as bytes

    /// The bytes that say that everything up to `sequence` is durable.
    static func encode(_ sequence: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        encode(sequence, into: &bytes)
        return bytes
    }

    /// Writes the bytes that say so over `byteCount` bytes.
    static func encode(_ sequence: UInt64, into bytes: inout [UInt8]) {
        bytes.store(magic, at: 0)
        bytes.store(sequence, at: 8)
        bytes.store(Checksum.crc32c(bytes[8...]), at: 4)
    }

    /// The sequence that the bytes speak of; nil where they are torn or damaged, which says nothing.
    package static func decode(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == byteCount, bytes.littleEndian32(at: 0) == magic else { return nil }
        let sequence = bytes.littleEndian64(at: 8)
        // No log gets as far as the greatest number, of which there is no successor.
        return bytes.littleEndian32(at: 4) == Checksum.crc32c(bytes[8...]) && sequence < .max ? sequence : nil
    }

    /// How often bytes that are not whole are read again: a writer may be overwriting them.
    private static let attemptCountMax = 10

    /// Reads what the writer last said; 0 where there is nothing to trust.
    static func read<S: Storage>(_ storage: S) throws(LedgerError) -> UInt64 {
        let file = try OpenFile(storage, fileName, .reading)
        for _ in 0..<attemptCountMax {
            if let sequence = decode(try file.bytes(0..<byteCount)) { return sequence }
        }
        return 0
    }
}

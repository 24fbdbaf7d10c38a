import TradeModel

/// The file through which the writer tells readers in other processes how far the log is durable.
///
/// It is written after the flush that it reports, so it stays true even if the writer is gone. It is not flushed
/// itself, so after a power cut it may be too low.
package enum DurableWatermark {
    /// "TLDP" as bytes.
    private static let file = WatermarkFile(fileName: "durable", magic: 0x5044_4C54)
    package static var fileName: String { file.fileName }
    static var byteCount: Int { WatermarkFile.byteCount }

    /// The bytes that say that everything up to `sequence` is durable.
    static func encode(_ sequence: UInt64) -> [UInt8] { file.encode(sequence) }

    /// Writes the bytes that say so over `byteCount` bytes.
    static func encode(_ sequence: UInt64, into bytes: inout [UInt8]) { file.encode(sequence, into: &bytes) }

    /// The sequence in the bytes; nil if they are torn or damaged.
    package static func decode(_ bytes: [UInt8]) -> UInt64? { file.decode(bytes) }

    /// Reads what the writer last published; 0 if that is not intact.
    static func read<S: Storage>(_ storage: S) throws(LedgerError) -> UInt64 {
        try file.read(from: OpenFile(ofLedger: storage, fileName, .reading))
    }

    /// Reads what the writer last published; 0 if that is not intact, or there is no file.
    static func readIfPresent<S: Storage>(_ storage: S) throws(LedgerError) -> UInt64 {
        do throws(LedgerError) { return try file.read(from: OpenFile(storage, fileName, .reading)) } catch {
            guard error.isMissingFile else { throw error }
            return 0
        }
    }
}

/// The file through which the replicator tells the writer, and callers that wait for the database, how far replication
/// has come.
///
/// A hint: the replicator updates it after each COMMIT and each time it queries the database, so it can lag, and it
/// goes stale once the replicator stops. Only the database itself knows what it holds.
package final class ReplicatedWatermark: Sendable {
    /// "TLRP" as bytes.
    private static let layout = WatermarkFile(fileName: "replicated", magic: 0x5052_4C54)
    package static var fileName: String { layout.fileName }

    private let file: OpenFile<PosixStorage>

    /// Opens the file in a ledger's directory, and makes it where it is missing.
    package init(_ storage: PosixStorage) throws(LedgerError) {
        do throws(LedgerError) { file = try OpenFile(storage, Self.fileName, .readingAndWriting) } catch {
            guard error.isMissingFile else { throw error }
            file = try OpenFile(creating: Self.fileName, storage)
            try publish(0)
        }
    }

    /// Says that the database holds everything up to a sequence.
    package func publish(_ sequence: UInt64) throws(LedgerError) {
        try file.write(Self.layout.encode(sequence), at: 0)
    }

    /// What was published last in a ledger's directory; nil where nothing was.
    package static func published(_ storage: PosixStorage) throws(LedgerError) -> UInt64? {
        do throws(LedgerError) {
            let sequence = try layout.read(from: OpenFile(storage, fileName, .reading))
            return sequence == 0 ? nil : sequence
        } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
    }

    /// What was published last; 0 before anything was.
    package func read() throws(LedgerError) -> UInt64 { try Self.layout.read(from: file) }
}

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

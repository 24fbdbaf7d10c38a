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

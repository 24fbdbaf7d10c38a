/// The file in which the writer tells readers of other processes how far the log is durable.
///
/// It is written after the flush that it speaks of, so what it says is true even if the writer is gone; it is not
/// flushed itself, so after a power cut it may say less than is true.
package enum DurableWatermark {
    /// "TLDP" as bytes.
    private static let file = WatermarkFile(fileName: "durable", magic: 0x5044_4C54)
    package static var fileName: String { file.fileName }
    static var byteCount: Int { WatermarkFile.byteCount }

    /// The bytes that say that everything up to `sequence` is durable.
    static func encode(_ sequence: UInt64) -> [UInt8] { file.encode(sequence) }

    /// Writes the bytes that say so over `byteCount` bytes.
    static func encode(_ sequence: UInt64, into bytes: inout [UInt8]) { file.encode(sequence, into: &bytes) }

    /// The sequence that the bytes speak of; nil where they are torn or damaged, which says nothing.
    package static func decode(_ bytes: [UInt8]) -> UInt64? { file.decode(bytes) }

    /// Reads what the writer last said; 0 where there is nothing to trust.
    static func read<S: Storage>(_ storage: S) throws(LedgerError) -> UInt64 {
        try file.read(from: OpenFile(ofLedger: storage, fileName, .reading))
    }

    /// Reads what the writer last said; 0 where there is nothing to trust, or no file.
    static func readIfPresent<S: Storage>(_ storage: S) throws(LedgerError) -> UInt64 {
        do throws(LedgerError) { return try file.read(from: OpenFile(storage, fileName, .reading)) } catch {
            guard error.isMissingFile else { throw error }
            return 0
        }
    }
}

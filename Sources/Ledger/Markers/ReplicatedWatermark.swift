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

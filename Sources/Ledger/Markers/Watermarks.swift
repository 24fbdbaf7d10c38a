package import TradeModel

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

/// The marker file that says that the database holds events which the log does not: `database.ahead`, lines of text.
///
/// The log's disk was then lost or rolled back, and new events would conflict with those that the database holds under
/// the same sequences. The replicator writes the marker, and removes it once the log has caught up; the writer accepts
/// no new event while it exists.
package struct DatabaseAheadMarker: Equatable, Sendable {
    package static let fileName = "database.ahead"

    /// The last event that the database holds.
    package let sequence: UInt64
    /// The database's root there; nil where it is not known.
    package let root: MerkleHash?
    /// The database, without a password.
    package let endpoint: String
    /// The last event that the log held then.
    package let logSequence: UInt64
    /// When that was seen.
    package let notedAt: String

    package init(sequence: UInt64, root: MerkleHash?, endpoint: String, logSequence: UInt64, notedAt: Timestamp) {
        self.sequence = sequence
        self.root = root
        self.endpoint = endpoint
        self.logSequence = logSequence
        self.notedAt = notedAt.description
    }

    /// Parses the file; lines that cannot be read are ignored, and the marker counts all the same.
    init(_ bytes: [UInt8]) {
        var values: [Substring: Substring] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        sequence = values["sequence"].flatMap { UInt64($0) } ?? 0
        root = nil
        endpoint = values["endpoint"].map(String.init) ?? "the database"
        logSequence = values["log_sequence"].flatMap { UInt64($0) } ?? 0
        notedAt = values["noted_at"].map(String.init) ?? "an unknown time"
    }

    /// The marker in a ledger's directory; nil if there is none.
    package static func read<S: Storage>(_ storage: S) throws(LedgerError) -> DatabaseAheadMarker? {
        try storage.outsideNote(fileName).map(DatabaseAheadMarker.init)
    }

    /// Writes the marker, durable when this returns.
    package func write<S: Storage>(_ storage: S) throws(LedgerError) {
        let text = """
            sequence \(sequence)
            root \(root?.description ?? "unknown")
            endpoint \(endpoint)
            log_sequence \(logSequence)
            noted_at \(notedAt)

            """
        try AtomicFile(storage, Self.fileName).write(Array(text.utf8))
    }

    /// Removes the marker if there is one.
    package static func remove<S: Storage>(_ storage: S) throws(LedgerError) {
        guard try storage.outsideNote(fileName) != nil else { return }
        try AtomicFile(storage, fileName).remove()
    }

    /// The problem, and what to do about it.
    package var message: String {
        "the log is behind its database: \(endpoint) holds \(sequence) events of this ledger, the log held "
            + "\(logSequence) when that was noticed (\(notedAt)); bring the log back with `tradeledger restore "
            + "--from-database` or from a backup, and send the event again"
    }
}

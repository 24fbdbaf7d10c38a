package import TradeModel

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

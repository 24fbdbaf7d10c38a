package import Ledger
package import TradeModel

/// A replicator's status for other processes on the machine: the file `replicator` in the ledger's directory, lines of
/// text.
///
/// It is replaced atomically when the state changes, and is not flushed: `status` shows it, and nothing depends on it.
/// It is valid while the replicator holds its lock.
package struct ReplicatorNote: Equatable, Sendable {
    /// How a replicator is.
    package enum State: String, Sendable {
        case connecting
        /// There is more to ship than one batch.
        case shipping
        case caughtUp = "caught up"
        /// A fault that waiting or an administrator can resolve.
        case waiting
        /// The database refuses an event.
        case refused
        /// It was stopped, or has finished its work.
        case stopped
        /// It ended with an error.
        case failed
    }

    package var state: State
    /// When it got into this state.
    package var since: Timestamp
    package var pid: Int32
    /// The database, without a password; nil before it was reached.
    package var endpoint: String?
    /// How far the database was; nil where that is not known.
    package var replicatedSequence: UInt64?
    /// Failed attempts since the last success.
    package var attemptCount = 0
    /// The error of the last attempt, or the one that ended the replicator.
    package var error: String?

    static let fileName = "replicator"
    private static let temporaryName = "replicator.tmp"

    /// The note of a ledger's replicator; nil where none was left, or none that can be read.
    package static func read(_ reader: LedgerReader) throws(LedgerError) -> ReplicatorNote? {
        let bytes: [UInt8]
        do throws(LedgerError) {
            let file = try OpenFile(reader.log.storage, fileName, .reading)
            bytes = try file.bytes(0..<file.byteCount())
        } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
        return ReplicatorNote(String(decoding: bytes, as: UTF8.self))
    }

    var text: String {
        var lines = ["state \(state.rawValue)", "since \(since)", "pid \(pid)"]
        if let endpoint { lines.append("database \(Self.oneLine(endpoint))") }
        if let replicatedSequence { lines.append("replicated \(replicatedSequence)") }
        lines.append("attempts \(attemptCount)")
        if let error { lines.append("error \(Self.oneLine(error))") }
        return lines.joined(separator: "\n") + "\n"
    }

    func write(_ storage: PosixStorage) throws(LedgerError) {
        try OpenFile(creating: Self.temporaryName, storage).write(Array(text.utf8), at: 0)
        try storage.rename(Self.temporaryName, to: Self.fileName)
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension ReplicatorNote {
    /// Reads the lines; nil where they are not those of a note.
    init?(_ text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let state = values["state"].flatMap({ State(rawValue: String($0)) }),
            let since = values["since"].flatMap({ Timestamp(rfc3339: Array($0.utf8).span) }),
            let pid = values["pid"].flatMap({ Int32($0) })
        else { return nil }
        self.init(
            state: state,
            since: since,
            pid: pid,
            endpoint: values["database"].map(String.init),
            replicatedSequence: values["replicated"].flatMap { UInt64($0) },
            attemptCount: values["attempts"].flatMap { Int($0) } ?? 0,
            error: values["error"].map(String.init)
        )
    }
}

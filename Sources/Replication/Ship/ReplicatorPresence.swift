internal import Glibc
package import Ledger
package import TradeModel

/// The replicator's files in the ledger's directory: its lock, its status, and the replicated watermark.
///
/// Replication does not depend on them: an error of the file system is reported once, and the work continues.
final class ReplicatorPresence {
    /// Which process ships the ledger.
    enum Turn: Equatable {
        /// This one, even if the lock cannot be taken for lack of rights or space.
        case ours
        /// Another process's; nil where its number is not known.
        case another(Int32?)
    }

    private let reader: LedgerReader
    private let clock: LedgerClock
    private let onFault: (LedgerError) -> Void
    private var isFaultTold = false
    private var lock: ReplicatorLock?
    private var watermark: ReplicatedWatermark?
    private var note: ReplicatorNote
    private var shownState: ReplicatorNote.State?

    init(_ reader: LedgerReader, _ clock: LedgerClock = .system, onFault: @escaping (LedgerError) -> Void) {
        self.reader = reader
        self.clock = clock
        self.onFault = onFault
        note = ReplicatorNote(state: .connecting, since: clock.now(), pid: getpid())
    }

    /// Takes the lock where it is free.
    func takeTurn() throws(LedgerError) -> Turn {
        do throws(LedgerError) {
            lock = try ReplicatorLock(reader.log.storage)
        } catch {
            tell(error)
            return .ours
        }
        guard lock == nil else {
            do throws(LedgerError) { watermark = try ReplicatedWatermark(reader.log.storage) } catch { tell(error) }
            return .ours
        }
        guard case .process(let pid) = try ReplicatorLock.holder(reader) else { return .another(nil) }
        return .another(pid)
    }

    func endTurn() {
        watermark = nil
        lock = nil
    }

    /// Publishes the position of the database for the writer and its callers.
    func publish(_ replicatedSequence: UInt64) {
        do throws(LedgerError) { try watermark?.publish(replicatedSequence) } catch { tell(error) }
    }

    /// Shows how far the database is.
    ///
    /// The status file is unchanged if the state is: a replicator that keeps up with the log counts as caught up even
    /// while it ships a few events.
    func show(replicatedSequence: UInt64, durableSequence: UInt64, endpoint: String) {
        note.endpoint = endpoint
        note.replicatedSequence = replicatedSequence
        if replicatedSequence == durableSequence {
            show(.caughtUp)
        } else if note.state != .caughtUp || durableSequence - replicatedSequence > UInt64(BatchSource.eventCountMax) {
            show(.shipping)
        }
    }

    /// Shows a state; nothing is written where it is the one that is shown.
    func show(_ state: ReplicatorNote.State) {
        guard state != shownState else { return }
        change(to: state)
        note.attemptCount = 0
        note.error = nil
        write()
    }

    func show(_ state: ReplicatorNote.State, _ error: ReplicationError, attemptCount: Int) {
        change(to: state)
        note.attemptCount = attemptCount
        note.error = error.description
        write()
    }

    private func change(to state: ReplicatorNote.State) {
        guard state != note.state else { return }
        note.state = state
        note.since = clock.now()
    }

    private func write() {
        // Without the lock the status file belongs to another process.
        guard lock != nil else { return }
        shownState = note.state
        do throws(LedgerError) { try note.write(reader.log.storage) } catch { tell(error) }
    }

    private func tell(_ error: LedgerError) {
        guard !isFaultTold else { return }
        isFaultTold = true
        onFault(error)
    }
}

/// The right to ship a ledger, which one process holds at a time: `replicator.lock` in the ledger's directory.
///
/// It keeps two replicators from competing. Correctness does not depend on it: another replicator may run on a copy of
/// the directory, and the lock on the ledger's row in the database decides between them.
package struct ReplicatorLock {
    static let fileName = "replicator.lock"
    private static let pidByteCount = 20

    private let file: OpenFile<PosixStorage>

    /// Takes the lock; nil if another process holds it.
    init?(_ storage: PosixStorage) throws(LedgerError) {
        let file: OpenFile<PosixStorage>
        do throws(LedgerError) { file = try OpenFile(storage, Self.fileName, .readingAndWriting) } catch {
            guard error.isMissingFile else { throw error }
            file = try OpenFile(creating: Self.fileName, storage)
        }
        guard try file.lock(.replicator, .exclusive) else { return nil }
        let pid = String(getpid())
        let blanks = String(repeating: " ", count: Self.pidByteCount - pid.utf8.count)
        try file.write(Array((pid + blanks).utf8), at: 0)
        self.file = file
    }

    /// Who ships a ledger.
    package enum Holder: Equatable, Sendable {
        case nobody
        /// A process; nil where its number is not known.
        case process(Int32?)
    }

    /// The current holder of the lock.
    package static func holder(_ reader: LedgerReader) throws(LedgerError) -> Holder {
        guard let file = try reader.file(fileName), try file.isHeld(.replicator) else { return .nobody }
        let text = String(decoding: try file.bytes(0..<pidByteCount), as: UTF8.self)
        return .process(Int32(text.prefix { $0.isNumber }))
    }
}

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
        guard let file = try reader.file(fileName) else { return nil }
        return ReplicatorNote(String(decoding: try file.bytes(0..<file.byteCount()), as: UTF8.self))
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

extension LedgerReader {
    /// A file of the ledger's directory, to be read; nil where there is none.
    fileprivate func file(_ name: String) throws(LedgerError) -> OpenFile<PosixStorage>? {
        do throws(LedgerError) { return try OpenFile(log.storage, name, .reading) } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
    }
}

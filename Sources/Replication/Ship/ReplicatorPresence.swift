internal import Glibc
internal import Ledger
internal import TradeModel

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

    private let storage: PosixStorage
    private let clock: LedgerClock
    private let onFault: (LedgerError) -> Void
    private var isFaultTold = false
    private var lock: ReplicatorLock?
    private var watermark: ReplicatedWatermark?
    private var note: ReplicatorNote
    private var shownState: ReplicatorNote.State?

    init(_ storage: PosixStorage, _ clock: LedgerClock = .system, onFault: @escaping (LedgerError) -> Void) {
        self.storage = storage
        self.clock = clock
        self.onFault = onFault
        note = ReplicatorNote(state: .connecting, since: clock.now(), pid: getpid())
    }

    /// Takes the lock where it is free.
    func takeTurn() throws(LedgerError) -> Turn {
        do throws(LedgerError) {
            lock = try ReplicatorLock(storage)
        } catch {
            tell(error)
            return .ours
        }
        guard lock == nil else {
            do throws(LedgerError) { watermark = try ReplicatedWatermark(storage) } catch { tell(error) }
            return .ours
        }
        guard case .process(let pid) = try ReplicatorLock.holder(storage) else { return .another(nil) }
        return .another(pid)
    }

    /// Releases the lock.
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

    /// Shows a fault.
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
        do throws(LedgerError) { try note.write(storage) } catch { tell(error) }
    }

    private func tell(_ error: LedgerError) {
        guard !isFaultTold else { return }
        isFaultTold = true
        onFault(error)
    }
}

internal import CLedgerShims
internal import Glibc

/// Waits for a ledger to grow, without polling (inotify(7)): the writer updates its durable watermark after each flush.
public struct LedgerWatch: ~Copyable, Sendable {
    private let descriptor: Int32
    private let path: String

    /// Watches the ledger of a directory.
    ///
    /// Throws where the system has no watches left.
    public init(_ directory: String) throws(LedgerError) {
        try self.init(directory, fileName: DurableWatermark.fileName)
    }

    /// Watches a file of a ledger's directory.
    init(_ directory: String, fileName: String) throws(LedgerError) {
        let path = directory + "/" + fileName
        descriptor = unsafe ledger_watch_open(path)
        self.path = path
        guard descriptor >= 0 else { throw .refused("watch", path: path) }
    }

    deinit { close(descriptor) }

    /// Waits until the ledger has grown, `milliseconds` have passed (-1 for no limit), a signal came, or the descriptor
    /// `wake` became readable (-1 for none).
    ///
    /// Growth since the last wait is not missed.
    public func wait(milliseconds: Int32 = -1, wake: Int32 = -1) throws(LedgerError) {
        try wait(milliseconds: milliseconds, wake: wake, peer: -1)
    }

    /// Waits as `wait(milliseconds:wake:)` does, and also returns when a peer's socket becomes readable or is closed.
    package func wait(milliseconds: Int32 = -1, wake: Int32, peer: Int32) throws(LedgerError) {
        guard ledger_watch_wait(descriptor, wake, peer, milliseconds) >= 0 else {
            throw .refused("watch", path: path)
        }
    }
}

/// Waits until the database has reached the sequences that callers wait for; one thread serves all of them while there
/// are any.
package final class ReplicationWatch: Sendable {
    private struct Waiter {
        let sequence: UInt64
        let deadline: ContinuousClock.Instant
        let resume: @Sendable (Result<UInt64, LedgerError>) -> Void
    }

    private struct State {
        var waiters: [Waiter] = []
        var isRunning = false
    }

    private let position: ReplicatedWatermark
    private let watch: LedgerWatch
    private let state = Lock(State())

    /// The precision of a deadline.
    private static let deadlineMilliseconds: Int32 = 50

    /// Watches a ledger; throws faults of the file system.
    package init(_ storage: PosixStorage) throws(LedgerError) {
        position = try ReplicatedWatermark(storage)
        watch = try LedgerWatch(storage.directory, fileName: ReplicatedWatermark.fileName)
    }

    /// Waits until the database holds everything up to a sequence, and returns its last replicated sequence.
    package func replicatedSequence(
        waitingFor sequence: UInt64,
        within duration: Duration
    ) throws(LedgerError) -> UInt64 {
        let (answer, answered) = (Lock<Result<UInt64, LedgerError>>(.success(0)), Semaphore())
        wait(for: sequence, within: duration) { result in
            answer.withLock { $0 = result }
            answered.post()
        }
        answered.wait()
        return try answer.withLock { $0 }.get()
    }

    /// Calls `resume` once with the replicated sequence: when it has reached `sequence`, or the time is up.
    func wait(
        for sequence: UInt64,
        within duration: Duration,
        resume: @escaping @Sendable (Result<UInt64, LedgerError>) -> Void
    ) {
        let waiter = Waiter(sequence: sequence, deadline: .now + duration, resume: resume)
        let startsThread = state.withLock { state in
            state.waiters.append(waiter)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        // The thread reads before it waits, so it misses nothing that is published from here on.
        if startsThread { BackgroundThread.start { self.run() } }
    }

    /// Settles waiters until there are none.
    private func run() {
        do throws(LedgerError) {
            while try settle() { try watch.wait(milliseconds: Self.deadlineMilliseconds) }
        } catch {
            let all = state.withLock { state in
                defer { state = State() }
                return state.waiters
            }
            for waiter in all { waiter.resume(.failure(error)) }
        }
    }

    /// Resumes the callers whose wait is over; false if none are left, which ends the thread.
    private func settle() throws(LedgerError) -> Bool {
        let reached = try position.read()
        let now = ContinuousClock.now
        let (over, isRunning) = state.withLock { state in
            let over = state.waiters.filter { $0.sequence <= reached || $0.deadline <= now }
            state.waiters.removeAll { $0.sequence <= reached || $0.deadline <= now }
            state.isRunning = !state.waiters.isEmpty
            return (over, state.isRunning)
        }
        for waiter in over { waiter.resume(.success(reached)) }
        return isRunning
    }
}

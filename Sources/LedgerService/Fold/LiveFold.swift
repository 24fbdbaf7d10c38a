internal import Glibc
internal import HTTP
package import Ledger
internal import Synchronization
internal import TradeModel

/// The state of the ledger in memory, which follows the durable events as they come.
///
/// One thread folds them, some at a time, so that those who read wait for microseconds. It sleeps until there are
/// new events.
package final class LiveFold: Sendable {
    /// What only the thread uses.
    private struct Work {
        /// The runs that were found last; nil once a run turned out to be damaged.
        var runs: RunSet<PosixStorage>?
        /// The event after which it looked for runs last.
        var lookedAt: UInt64 = 0
        /// Whether the state has to be folded again from the first event.
        var beginsAnew = false
        /// When it tries again after a fault; nil without one.
        var retry: ContinuousClock.Instant?
    }

    /// The last durable event when this was made: the state is a part of the history before it is reached.
    package let startSequence: UInt64
    /// The newest events, for streams.
    package let recent: RecentEvents
    private let log: LogReader<PosixStorage>
    private let state: Lock<LiveState>
    private let work: Lock<Work>
    private let durable: Atomic<UInt64>
    private let folded = Atomic<UInt64>(0)
    private let readerCount = Atomic<Int>(0)
    private let isWoken = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)
    private let wakes = Semaphore()
    private let ended = Semaphore()
    private let waiters = Lock(SequenceWaiters())
    private let lastFault = Lock<LedgerError?>(nil)

    /// How many events are folded while others wait for the state.
    private static let stepEventCount: UInt64 = 64
    /// How many events are folded before it looks for new index runs.
    private static let runStride: UInt64 = 1 << 13
    private static let retryInterval = Duration.seconds(1)
    /// How often in a row the thread lets those pass who wait for the state.
    private static let passCountMax = 100

    /// A state before the first event, which follows a ledger from `start` on.
    package convenience init(_ reader: LedgerReader) throws(LedgerError) {
        try self.init(reader, RecentEvents.Limits())
    }

    /// The same, with other limits of what is kept for streams.
    init(_ reader: LedgerReader, _ limits: RecentEvents.Limits) throws(LedgerError) {
        log = reader.log
        startSequence = try log.durableSequence()
        recent = RecentEvents(after: startSequence, limits)
        durable = Atomic(startSequence)
        let runs = try RunSet(log.storage, of: log.ledgerID)
        work = Lock(Work(runs: runs))
        state = Lock(LiveState(log, runs))
    }

    /// Starts the thread, once.
    package func start() { BackgroundThread.start { self.run() } }

    /// Ends the thread when its current step is done, and waits for that; called once, after `start`.
    ///
    /// Waiters learn that their sequences were not reached, and streams end.
    package func stop() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        wake()
        ended.wait()
    }

    /// Takes note that events up to a sequence are durable; cheap, from any thread.
    package func noteDurable(_ sequence: UInt64) {
        durable.max(sequence, ordering: .sequentiallyConsistent)
        wake()
    }

    /// The last event that the state rests on.
    package var sequence: UInt64 { folded.load(ordering: .sequentiallyConsistent) }

    /// Whether the state has all that was durable when this was made; before that it must answer nothing.
    package var isCaughtUp: Bool { sequence >= startSequence }

    /// Why the state does not follow the ledger any more, or does not for now; nil where all is well.
    ///
    /// After damage of the log it stays where it is. After other faults it begins anew within a second.
    package var fault: LedgerError? { lastFault.withLock { $0 } }

    /// Runs the body alone with the state; it must be short.
    package func read<Result, Failure: Error>(
        _ body: (inout LiveState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        readerCount.add(1, ordering: .relaxed)
        defer { readerCount.subtract(1, ordering: .relaxed) }
        return try state.withLock { (state) throws(Failure) in
            // The thread then begins anew without the run.
            defer { if state.hasDamagedRun { wake() } }
            return try body(&state)
        }
    }

    /// Calls `then` once: with true as soon as the state has reached a sequence, and with false if it does not within
    /// the time, if too many wait, or if the state follows the ledger no more.
    ///
    /// On this thread where the answer is known, else on the thread that folds: `then` must not block.
    package func whenReached(
        _ sequence: UInt64,
        within duration: Duration,
        _ then: @escaping @Sendable (Bool) -> Void
    ) {
        let waiter = SequenceWaiters.Waiter(sequence: sequence, deadline: .now + duration, then: then)
        // The thread publishes a sequence before it looks for those who wait.
        let answer: Bool? = waiters.withLock { waiters in
            if self.sequence >= sequence { return true }
            return waiters.add(waiter) ? nil : false
        }
        if let answer { return then(answer) }
        wake()
    }

    /// Adds a stream, which is woken when there are events; returns its number, and the last event that there was.
    func addStream(_ waker: HTTPWaker) -> (number: Int, sequence: UInt64) {
        // The thread has to look after it also if no event comes.
        defer { wake() }
        return recent.add(waker)
    }

    private func wake() {
        if !isWoken.exchange(true, ordering: .sequentiallyConsistent) { wakes.post() }
    }
}

/// The thread.
extension LiveFold {
    private var isEnding: Bool { isClosed.load(ordering: .sequentiallyConsistent) }

    private func run() {
        while !isEnding {
            work.withLock { work in
                do throws(LedgerError) { try follow(&work) } catch { recover(from: error, &work) }
            }
            settle()
            wait(until: [work.withLock { $0.retry }, waiters.withLock { $0.nextDeadline }, recent.wakeStreams()])
        }
        recent.close()
        for waiter in waiters.withLock({ $0.close() }) { waiter.then(false) }
        ended.post()
    }

    /// Waits for a wake, or for the first of some times.
    private func wait(until times: [ContinuousClock.Instant?]) {
        if let deadline = times.compactMap({ $0 }).min() {
            let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
            // Rounded up, so that the time is over afterwards.
            _ = wakes.wait(milliseconds: max(0, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000) + 1))
        } else {
            wakes.wait()
        }
        isWoken.store(false, ordering: .sequentiallyConsistent)
    }

    /// Folds what is durable.
    private func follow(_ work: inout Work) throws(LedgerError) {
        if waiters.withLock({ $0.isClosed }) { return }
        if let retry = work.retry, retry > .now { return }
        if state.withLock({ $0.hasDamagedRun }) { (work.runs, work.beginsAnew) = (nil, true) }
        if work.beginsAnew { try beginAnew(&work) }
        let last = durable.load(ordering: .sequentiallyConsistent)
        while sequence < last, !isEnding {
            try step(upTo: last)
            settle()
            if sequence >= work.lookedAt + Self.runStride { try lookForRuns(&work) }
        }
        guard work.retry != nil else { return }
        work.retry = nil
        lastFault.withLock { $0 = nil }
    }

    private func step(upTo last: UInt64) throws(LedgerError) {
        // The thread would take the lock again before anybody who waits for it has woken up.
        for _ in 0..<Self.passCountMax where readerCount.load(ordering: .relaxed) > 0 { sched_yield() }
        let isStreamed = isCaughtUp && recent.isNeeded
        var events: [Event] = []
        let sequence = try state.withLock { (state) throws(LedgerError) in
            try state.fold(upTo: min(last, state.sequence + Self.stepEventCount)) { event in
                if isStreamed { events.append(event) }
            }
            return state.sequence
        }
        folded.store(sequence, ordering: .sequentiallyConsistent)
        recent.add(isStreamed ? events.map { StreamedEvent($0, of: log.ledgerID) } : nil, upTo: sequence)
        _ = recent.wakeStreams()
    }

    /// Has the state forget what new index runs know.
    private func lookForRuns(_ work: inout Work) throws(LedgerError) {
        work.lookedAt = sequence
        guard let known = work.runs else { return }
        let runs = try RunSet(log.storage, of: log.ledgerID, reusing: known)
        work.runs = runs
        state.withLock { $0.adopt(runs) }
    }

    /// Folds again from the first event, while others read the state as it was.
    private func beginAnew(_ work: inout Work) throws(LedgerError) {
        if work.runs != nil { work.runs = try RunSet(log.storage, of: log.ledgerID) }
        let last = state.withLock { $0.sequence }
        var fresh: LiveState? = LiveState(log, work.runs)
        while let sequence = fresh?.sequence, sequence < last {
            if isEnding { return }
            try fresh?.fold(upTo: min(last, sequence + Self.runStride))
        }
        state.withLock { state in
            if let fresh = fresh.take() { state = fresh }
        }
        folded.store(last, ordering: .sequentiallyConsistent)
        recent.add(nil, upTo: last)
        (work.beginsAnew, work.lookedAt) = (false, last)
    }

    /// Decides what follows after an error: derived files are optional, and only damage of the log is final.
    private func recover(from error: LedgerError, _ work: inout Work) {
        work.beginsAnew = true
        folded.store(state.withLock { $0.sequence }, ordering: .sequentiallyConsistent)
        if error.code == .unusable, work.runs != nil {
            work.runs = nil
            return wake()
        }
        lastFault.withLock { $0 = error }
        if error.code == .damaged {
            work.retry = nil
            recent.close()
            for waiter in waiters.withLock({ $0.close() }) { waiter.then(false) }
        } else {
            work.retry = .now + Self.retryInterval
        }
    }

    /// Tells those whose wait is over.
    private func settle() {
        let sequence = self.sequence
        for waiter in waiters.withLock({ $0.takeSettled(sequence, .now) }) { waiter.then(waiter.sequence <= sequence) }
    }
}

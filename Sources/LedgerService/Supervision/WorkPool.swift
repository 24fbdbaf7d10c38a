internal import Ledger

/// A few threads for work that reads from the log, with a bounded number of pieces of work that wait.
package final class WorkPool: Sendable {
    /// A piece of work that waits.
    private struct Job {
        let run: @Sendable () -> Void
        let drop: @Sendable () -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let state = Lock(State())
    private let waitingCountMax: Int
    private let threadCount: Int
    /// Posted for each job, and for each thread at the end.
    private let waiting = Semaphore()
    /// Posted by each thread that has ended.
    private let ended = Semaphore()

    /// Starts the threads, which live until `close`; so many pieces of work may wait for them.
    package init(threadCount: Int = 2, waitingCountMax: Int = 64) {
        (self.threadCount, self.waitingCountMax) = (threadCount, waitingCountMax)
        for _ in 0..<threadCount {
            BackgroundThread.start { [state, waiting, ended] in
                while let job = Self.next(state, waiting) { job.run() }
                ended.post()
            }
        }
    }

    /// Has a thread do some work; false, and neither closure is ever called, where too much waits or the pool is
    /// closed.
    ///
    /// Calls exactly one of the two later: `drop`, on the thread that closes the pool, if the pool is closed before a
    /// thread has begun. Does not block.
    package func submit(_ work: @escaping @Sendable () -> Void, orElse drop: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.jobs.count < waitingCountMax else { return false }
            state.jobs.append(Job(run: work, drop: drop))
            return true
        }
        if isTaken { waiting.post() }
        return isTaken
    }

    /// How many pieces of work wait for a thread.
    package var waitingCount: Int { state.withLock { $0.jobs.count } }

    /// Ends the threads, and waits some time for what they are doing; called once.
    package func close(within time: Duration) {
        let dropped = state.withLock { state in
            defer { (state.jobs, state.isClosed) = ([], true) }
            return state.jobs
        }
        for job in dropped { job.drop() }
        for _ in 0..<threadCount { waiting.post() }
        let deadline = ContinuousClock.now + time
        for _ in 0..<threadCount {
            _ = ended.wait(milliseconds: max(0, Int(ContinuousClock.now.duration(to: deadline) / .milliseconds(1))))
        }
    }

    /// Waits for a job; nil once the pool is closed.
    private static func next(_ state: Lock<State>, _ waiting: Semaphore) -> Job? {
        while true {
            waiting.wait()
            let (job, isClosed) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isClosed)
            }
            if let job { return job }
            if isClosed { return nil }
        }
    }
}

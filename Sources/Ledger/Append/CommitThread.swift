import TradeModel

/// The one place where requests become commits.
///
/// A thread takes everything that producers have queued, commits it with one flush, and tells them. While it flushes,
/// the next group gathers.
///
/// A producer that is alone commits on its own thread instead, which saves it two switches between threads.
final class CommitThread<S: Storage>: Sendable {
    private struct Queue {
        var requests: [AppendRequest] = []
        /// The emptied buffer of the group before, so that taking a group allocates nothing.
        var buffer: [AppendRequest] = []
        /// Whether a producer commits on its own thread.
        var isProducerCommitting = false
        /// How many requests the last commit had.
        var lastGroupCount = 0
        /// Commits so far, by which the thread sees that the log came to rest.
        var commitCount: UInt64 = 0
        /// Whether the thread waits for as long as it takes, instead of looking again after a moment.
        var isThreadIdle = false
        var isClosed = false
    }

    /// How a request of a blocking caller goes on.
    private enum Way {
        case closed
        case queued
        /// On the caller's own thread; the other one may have to be woken to see the log come to rest later.
        case alone(wakesThread: Bool)
    }

    /// Nil once the ledger is closed, which gave back the lock.
    private let core: Lock<LedgerCore<S>?>
    private let queue = Lock(Queue())
    private let reported = Lock<UInt64>(0)
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let idleMilliseconds: Int
    /// Told when there is work to do behind the append path.
    private let onProgress: @Sendable (Progress) -> Void

    /// What happened since the last time.
    enum Progress {
        /// A segment was begun, so a spare is wanted.
        case rolled
        /// The log came to rest, or grew by a good deal.
        case durable(UInt64)
    }

    private static var progressStride: UInt64 { 4096 }

    init(
        _ core: consuming sending LedgerCore<S>,
        idleMilliseconds: Int,
        onProgress: @escaping @Sendable (Progress) -> Void
    ) {
        self.core = Lock(core)
        self.idleMilliseconds = idleMilliseconds
        self.onProgress = onProgress
    }

    /// Starts the thread, which lives until `close`.
    func start() {
        BackgroundThread.start { self.run() }
    }

    /// Hands a request over; false once the ledger is closed.
    func submit(_ request: AppendRequest) -> Bool {
        let isAccepted = queue.withLock { queue in
            guard !queue.isClosed else { return false }
            queue.requests.append(request)
            return true
        }
        if isAccepted { wake.post() }
        return isAccepted
    }

    /// Commits a request and returns when it is settled, on this thread where no other producer is about.
    func perform(_ request: AppendRequest) {
        switch queue.withLock({ Self.way(of: request, in: &$0) }) {
        case .closed:
            request.settle(.closed)
        case .queued:
            wake.post()
        case .alone(let wakesThread):
            if wakesThread { wake.post() }
            commit(CollectionOfOne(request), isResting: false)
            let isMoreQueued = queue.withLock { queue in
                queue.isProducerCommitting = false
                return !queue.requests.isEmpty || queue.isClosed
            }
            if isMoreQueued { wake.post() }
        }
        request.wait()
    }

    /// Commits what is queued, vouches for it on disk and ends the thread.
    ///
    /// Does nothing the second time.
    func close() {
        let isFirst = queue.withLock { queue in
            defer { queue.isClosed = true }
            return !queue.isClosed
        }
        guard isFirst else { return }
        wake.post()
        ended.wait()
    }

    /// Asks the ledger something between two commits; waits for one flush at most.
    func ask<Answer: Sendable>(
        _ question: (inout LedgerCore<S>) throws(LedgerError) -> Answer
    ) throws(LedgerError) -> Answer {
        try core.withLock { (core) throws(LedgerError) in
            guard var open = core.take() else { throw .closed }
            let answer = Result { () throws(LedgerError) in try question(&open) }
            core = consume open
            return try answer.get()
        }
    }

    private static func way(of request: AppendRequest, in queue: inout Queue) -> Way {
        if queue.isClosed { return .closed }
        // Others that come and go in groups share a flush; a commit of one would only make them wait for a second one.
        guard queue.requests.isEmpty, !queue.isProducerCommitting, queue.lastGroupCount <= 1 else {
            queue.requests.append(request)
            return .queued
        }
        queue.isProducerCommitting = true
        queue.lastGroupCount = 1
        queue.commitCount += 1
        defer { queue.isThreadIdle = false }
        return .alone(wakesThread: queue.isThreadIdle)
    }

    /// What the thread finds when it wakes.
    private struct WorkItem {
        var requests: [AppendRequest]
        let commitCount: UInt64
        let isProducerCommitting: Bool
        let isClosed: Bool
    }

    private func run() {
        var seenCommitCount: UInt64 = 0
        var isIdle = false
        while true {
            if isIdle { wake.wait() } else { _ = wake.wait(milliseconds: idleMilliseconds) }
            var work = takeQueued()
            // Whoever commits wakes this thread again where there is something to do then.
            if work.isProducerCommitting && work.isClosed { continue }
            let isResting =
                work.requests.isEmpty && work.commitCount == seenCommitCount && !work.isProducerCommitting
            seenCommitCount = work.commitCount
            if !work.requests.isEmpty || isResting || work.isClosed {
                commit(work.requests, isResting: isResting || work.isClosed)
            }
            if work.isClosed {
                core.withLock { core in
                    core?.close()
                    core = nil
                }
                return ended.post()
            }
            work.requests.removeAll(keepingCapacity: true)
            isIdle = queue.withLock { queue in
                if work.requests.capacity > queue.buffer.capacity { swap(&queue.buffer, &work.requests) }
                queue.isThreadIdle = isResting && queue.requests.isEmpty && queue.commitCount == seenCommitCount
                return queue.isThreadIdle
            }
        }
    }

    /// Takes what is queued, unless a producer commits at the moment: the group goes on gathering then.
    private func takeQueued() -> WorkItem {
        queue.withLock { queue in
            var taken: [AppendRequest] = []
            if !queue.isProducerCommitting && !queue.requests.isEmpty {
                swap(&taken, &queue.buffer)
                swap(&taken, &queue.requests)
                queue.lastGroupCount = taken.count
                queue.commitCount += 1
            }
            return WorkItem(
                requests: taken,
                commitCount: queue.commitCount,
                isProducerCommitting: queue.isProducerCommitting,
                isClosed: queue.isClosed
            )
        }
    }

    private func commit(_ requests: some Collection<AppendRequest>, isResting: Bool) {
        let (durable, hasRolled) = core.withLock { core in
            guard var open = core.take() else { preconditionFailure("the core is closed behind the last commit") }
            let rollCount = open.rollCount
            if !requests.isEmpty { open.commit(requests) }
            if isResting {
                // A failure poisons the core, which tells the next append; nobody waits for this.
                do throws(LedgerError) { try open.assertDurable() } catch {}
            }
            let result = (open.durableSequence, open.rollCount != rollCount)
            core = consume open
            return result
        }
        if hasRolled { onProgress(.rolled) }
        let isNews = reported.withLock { reported in
            guard isResting || durable >= reported + Self.progressStride else { return false }
            reported = durable
            return true
        }
        if isNews { onProgress(.durable(durable)) }
    }
}

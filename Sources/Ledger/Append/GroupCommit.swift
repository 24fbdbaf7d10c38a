/// Which of the events that people requested are appended: see `RequestInbox`.
enum AwaitedRequests {
    /// Those that were left since the last time.
    case new
    /// All that wait, even if the folder was replaced.
    case all
}

/// The one place where requests become commits.
///
/// A thread takes everything that producers have queued, commits it with one flush, and notifies them. The next group
/// gathers during the flush.
///
/// If there is only one producer, it commits on its own thread, which saves two context switches.
final class CommitThread<S: Storage>: Sendable {
    private struct Queue {
        var requests: [AppendRequest] = []
        /// When the first of them came, by the observer's clock.
        var queuedAt: UInt64?
        /// The observer's clock; nil where there is no observer.
        var nanoseconds: (@Sendable () -> UInt64)?
        /// The emptied buffer of the group before, so that taking a group allocates nothing.
        var buffer: [AppendRequest] = []
        /// Whether a producer commits on its own thread.
        var isProducerCommitting = false
        /// How many requests the last commit had.
        var lastGroupCount = 0
        /// The number of commits so far, from which the thread notices that the log is idle.
        var commitCount: UInt64 = 0
        /// Whether the thread waits without a timeout instead of polling.
        var isThreadIdle = false
        var isClosed = false

        mutating func append(_ request: AppendRequest) {
            if requests.isEmpty { queuedAt = nanoseconds?() }
            requests.append(request)
        }
    }

    /// How a blocking caller's request is committed.
    private enum Way {
        case closed
        case queued
        /// On the caller's own thread; the commit thread may have to be woken so that it notices when the log is idle.
        case alone(queuedAt: UInt64?, wakesThread: Bool)
    }

    /// Nil once the ledger is closed, which gave back the lock.
    private let core: Lock<LedgerCore<S>?>
    private let queue = Lock(Queue())
    private let reported = Lock<UInt64>(0)
    private let task = BackgroundTask()
    private let idleMilliseconds: Int
    /// Called before each commit, between two commits; returns whether it appended anything.
    private let takeAwaited: @Sendable (AwaitedRequests, inout LedgerCore<S>) -> Bool
    /// Called when there is background work to do.
    private let onProgress: @Sendable (Progress) -> Void

    /// What happened since the last time.
    enum Progress {
        /// A segment was begun, so the next one has to be preallocated.
        case rolled
        /// The log became idle, or grew by a fair amount.
        case durable(UInt64)
    }

    private static var progressStride: UInt64 { 4096 }
    /// So that an idle writer takes a request within a second, with time for the flush.
    private static var lookMilliseconds: Int { 500 }

    init(
        _ core: consuming sending LedgerCore<S>,
        idleMilliseconds: Int,
        takingFirst takeAwaited: @escaping @Sendable (AwaitedRequests, inout LedgerCore<S>) -> Bool,
        onProgress: @escaping @Sendable (Progress) -> Void
    ) {
        self.core = Lock(core)
        self.idleMilliseconds = idleMilliseconds
        self.takeAwaited = takeAwaited
        self.onProgress = onProgress
    }

    /// Starts the thread, which lives until `close`.
    func start() {
        task.start { self.run() }
    }

    /// Submits a request; false once the ledger is closed.
    func submit(_ request: AppendRequest) -> Bool {
        let isAccepted = queue.withLock { queue in
            guard !queue.isClosed else { return false }
            queue.append(request)
            return true
        }
        if isAccepted { task.wake() }
        return isAccepted
    }

    /// Commits a request and returns when it is settled; commits on this thread if no other producer is active.
    func perform(_ request: AppendRequest) {
        switch queue.withLock({ Self.way(of: request, in: &$0) }) {
        case .closed:
            request.settle(.closed)
        case .queued:
            task.wake()
        case .alone(let queuedAt, let wakesThread):
            if wakesThread { task.wake() }
            commit(CollectionOfOne(request), queuedAt: queuedAt, isResting: false, .new)
            let isMoreQueued = queue.withLock { queue in
                queue.isProducerCommitting = false
                return !queue.requests.isEmpty || queue.isClosed
            }
            if isMoreQueued { task.wake() }
        }
        request.wait()
    }

    /// Commits what is queued, records on disk that it is durable, and ends the thread.
    ///
    /// A second call does nothing.
    func close() {
        queue.withLock { $0.isClosed = true }
        task.close()
    }

    /// Reports each commit from now on; called at most once.
    func observe(_ observer: CommitObserver) throws(LedgerError) {
        try ask { (core) throws(LedgerError) in
            precondition(core.observer == nil, "a ledger has one observer")
            core.observer = observer
        }
        queue.withLock { $0.nanoseconds = observer.nanoseconds }
    }

    /// Runs a query between two commits; waits for one flush at most.
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
        // Producers that arrive in groups share a flush; a single commit would only make them wait for a second flush.
        guard queue.requests.isEmpty, !queue.isProducerCommitting, queue.lastGroupCount <= 1 else {
            queue.append(request)
            return .queued
        }
        queue.isProducerCommitting = true
        queue.lastGroupCount = 1
        queue.commitCount += 1
        defer { queue.isThreadIdle = false }
        return .alone(queuedAt: queue.nanoseconds?(), wakesThread: queue.isThreadIdle)
    }

    /// What the thread takes when it wakes.
    private struct WorkItem {
        var requests: [AppendRequest]
        let queuedAt: UInt64?
        let commitCount: UInt64
        let isProducerCommitting: Bool
        let isClosed: Bool
    }

    private func run() {
        var seenCommitCount: UInt64 = 0
        var isIdle = false
        var lookedAt = ContinuousClock.now
        while true {
            task.wait(milliseconds: isIdle ? Self.lookMilliseconds : idleMilliseconds)
            if lookedAt.duration(to: .now) >= .milliseconds(Self.lookMilliseconds) {
                lookedAt = .now
                // What was taken is followed by a rest, as any other commit.
                if commit(EmptyCollection(), queuedAt: nil, isResting: false, .all) { isIdle = false }
            }
            var work = takeQueued()
            // The committing producer wakes this thread again if there is work left.
            if work.isProducerCommitting && work.isClosed { continue }
            let isQuiet = work.requests.isEmpty && work.commitCount == seenCommitCount && !work.isProducerCommitting
            let isResting = isQuiet && !isIdle
            seenCommitCount = work.commitCount
            if !work.requests.isEmpty || isResting || work.isClosed {
                commit(work.requests, queuedAt: work.queuedAt, isResting: isResting || work.isClosed, .new)
            }
            if work.isClosed {
                core.withLock { core in
                    core?.close()
                    core = nil
                }
                return
            }
            work.requests.removeAll(keepingCapacity: true)
            isIdle = queue.withLock { queue in
                if work.requests.capacity > queue.buffer.capacity { swap(&queue.buffer, &work.requests) }
                queue.isThreadIdle = isQuiet && queue.requests.isEmpty && queue.commitCount == seenCommitCount
                return queue.isThreadIdle
            }
        }
    }

    /// Takes what is queued, unless a producer is committing: then the group keeps gathering.
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
                queuedAt: queue.queuedAt,
                commitCount: queue.commitCount,
                isProducerCommitting: queue.isProducerCommitting,
                isClosed: queue.isClosed
            )
        }
    }

    /// Returns whether there was an event that somebody had requested.
    @discardableResult
    private func commit(
        _ requests: some Collection<AppendRequest>,
        queuedAt: UInt64?,
        isResting: Bool,
        _ awaited: AwaitedRequests
    ) -> Bool {
        var hasTaken = false
        let outcome = core.withLock { core in
            core?.commit(requests, queuedAt: queuedAt, isResting: isResting) { hasTaken = takeAwaited(awaited, &$0) }
        }
        guard let (durable, hasRolled) = outcome else { preconditionFailure("the core closes after the last commit") }
        if hasRolled { onProgress(.rolled) }
        let isNews = reported.withLock { reported in
            guard isResting || durable >= reported + Self.progressStride else { return false }
            reported = durable
            return true
        }
        if isNews { onProgress(.durable(durable)) }
        return hasTaken
    }
}

import TradeModel

/// The one thread that commits: it takes everything that producers have queued, commits it with one flush, and tells
/// them.
///
/// While it flushes, the next group gathers.
final class CommitThread<S: Storage>: Sendable {
    private struct Queue {
        var requests: [AppendRequest] = []
        var isClosed = false
    }

    /// Nil once the ledger is closed, which gave back the lock.
    private let core: Lock<LedgerCore<S>?>
    private let queue = Lock(Queue())
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

    private func run() {
        var reported: UInt64 = 0
        var isIdle = false
        while true {
            let isPosted =
                isIdle
                ? {
                    wake.wait(); return true
                }() : wake.wait(milliseconds: idleMilliseconds)
            let (requests, isClosed) = queue.withLock { queue in
                defer { queue.requests.removeAll(keepingCapacity: true) }
                return (queue.requests, queue.isClosed)
            }
            isIdle = requests.isEmpty && !isPosted
            let (durable, hasRolled) = commit(requests, isResting: isIdle || isClosed)
            if hasRolled { onProgress(.rolled) }
            if isIdle || isClosed || durable >= reported + Self.progressStride {
                reported = durable
                onProgress(.durable(durable))
            }
            if isClosed {
                core.withLock { core in
                    core?.close()
                    core = nil
                }
                return ended.post()
            }
        }
    }

    private func commit(_ requests: [AppendRequest], isResting: Bool) -> (durable: UInt64, hasRolled: Bool) {
        core.withLock { core in
            guard var open = core.take() else { preconditionFailure("only this thread closes the core") }
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
    }
}

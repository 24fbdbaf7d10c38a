import Ledger
import LedgerService
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `The pool of threads` {
    private let done = Lock<[String]>([])
    private let begun = Semaphore()
    private let released = Semaphore()

    /// Has a thread work until it is released; the pool then has one thread less.
    private func occupy(_ pool: WorkPool) -> Bool {
        let (begun, released) = (begun, released)
        let isTaken = pool.submit {
            begun.post()
            released.wait()
        } orElse: {
            Issue.record("a thread is free")
        }
        if isTaken { begun.wait() }
        return isTaken
    }

    private func submit(_ pool: WorkPool, _ name: String, _ finished: Semaphore) -> Bool {
        let done = done
        return pool.submit {
            done.withLock { $0.append(name) }
            finished.post()
        } orElse: {
            done.withLock { $0.append("dropped \(name)") }
            finished.post()
        }
    }

    @Test func `works on as many pieces at the same time as it has threads, and on the others in order`() {
        let (pool, finished) = (WorkPool(threadCount: 2), Semaphore())
        #expect(occupy(pool) && occupy(pool))
        for name in ["a", "b", "c"] { #expect(submit(pool, name, finished)) }
        #expect(pool.waitingCount == 3 && done.withLock { $0 } == [])
        released.post()
        for _ in 0..<3 { finished.wait() }
        #expect(done.withLock { $0 } == ["a", "b", "c"])
        released.post()
        pool.close(within: .seconds(60))
    }

    @Test func `takes no more than may wait`() {
        let (pool, finished) = (WorkPool(threadCount: 1, waitingCountMax: 2), Semaphore())
        #expect(occupy(pool))
        #expect(submit(pool, "a", finished) && submit(pool, "b", finished))
        #expect(!submit(pool, "c", finished))
        released.post()
        finished.wait()
        finished.wait()
        #expect(submit(pool, "d", finished))
        finished.wait()
        pool.close(within: .seconds(60))
        #expect(done.withLock { $0 } == ["a", "b", "d"])
    }

    @Test func `waits for what it does, and drops what waits, when it is closed`() {
        let (pool, finished) = (WorkPool(threadCount: 1), Semaphore())
        #expect(occupy(pool))
        #expect(submit(pool, "a", finished))
        let closed = Semaphore()
        BackgroundThread.start {
            pool.close(within: .seconds(60))
            closed.post()
        }
        finished.wait()
        #expect(done.withLock { $0 } == ["dropped a"])
        released.post()
        closed.wait()
        #expect(!submit(pool, "b", finished))
    }
}

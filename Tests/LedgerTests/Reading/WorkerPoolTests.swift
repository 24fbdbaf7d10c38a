import Testing

@testable import Ledger

@Suite struct `Reading with a pool of workers` {
    @Test(arguments: [(1, 1), (2, 1), (1, 5), (5, 3)])
    func `gives the results in the order of the inputs`(threadCount: Int, inputCountMax: Int) {
        let pool = WorkerPool<Int, Int>(threadCount: threadCount, inputCountMax: inputCountMax) { $0 * 2 }
        onThreads(2) { index in
            if index == 0 {
                for input in 0..<1000 { #expect(pool.put(input)) }
                pool.finish()
            } else {
                var results: [Int] = []
                while let result = pool.take() { results.append(result) }
                #expect(results == (0..<1000).map { $0 * 2 })
            }
        }
        pool.close()
    }

    @Test func `works on as many inputs at a time as it has threads`() {
        let (first, second) = (Semaphore(), Semaphore())
        // Each input waits for the other one to begin.
        let pool = WorkerPool<Bool, Int>(threadCount: 2, inputCountMax: 2) { isFirst in
            (isFirst ? first : second).post()
            (isFirst ? second : first).wait()
            return isFirst ? 1 : 2
        }
        #expect(pool.put(true) && pool.put(false))
        #expect(pool.take() == 1 && pool.take() == 2)
        pool.close()
    }

    @Test func `has no more inputs under way than it has room for`() {
        let underWay = Lock((now: 0, most: 0))
        let pool = WorkerPool<Int, Int>(threadCount: 4, inputCountMax: 3) { $0 }
        onThreads(2) { index in
            if index == 0 {
                for input in 0..<500 {
                    #expect(pool.put(input))
                    underWay.withLock { counts in
                        counts.now += 1
                        counts.most = max(counts.most, counts.now)
                    }
                }
                pool.finish()
            } else {
                while pool.take() != nil { underWay.withLock { $0.now -= 1 } }
            }
        }
        pool.close()
        // One more is counted between the return of `take` and its count.
        #expect(underWay.withLock { $0.most } <= 3 + 1)
    }

    @Test func `ends although nobody takes the results`() {
        let pool = WorkerPool<Int, Int>(threadCount: 2, inputCountMax: 2) { $0 }
        onThreads(2) { index in
            if index == 0 {
                var input = 0
                while pool.put(input) { input += 1 }
                pool.finish()
            } else {
                pool.close()
            }
        }
        #expect(!pool.put(1))
    }
}

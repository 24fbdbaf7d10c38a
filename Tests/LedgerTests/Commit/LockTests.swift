import Testing

@testable import Ledger

@Suite struct `A lock` {
    @Test func `refuses a value without a size, whose address ThreadSanitizer confuses with the lock`() async {
        await #expect(processExitsWith: .failure) { _ = Lock(()) }
    }

    @Test func `lets one thread at a time change its value`() {
        let count = Lock(0)
        onThreads(8) { _ in for _ in 0..<1000 { count.withLock { $0 += 1 } } }
        #expect(count.withLock { $0 } == 8000)
    }
}

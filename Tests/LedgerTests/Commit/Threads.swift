import Synchronization

@testable import Ledger

/// Runs a body on so many threads at once, and returns when all have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let ended = Semaphore()
    for index in 0..<count {
        BackgroundThread.start {
            body(index)
            ended.post()
        }
    }
    for _ in 0..<count { ended.wait() }
}

/// A value that several threads change in turn: a mutex on the heap, whose accesses the thread sanitizer understands.
final class Guarded<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { value in body(&value) }
    }
}

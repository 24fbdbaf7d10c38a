@testable import Ledger

/// Runs a body on this many threads at once, and returns when all have ended.
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

/// A thread that flushes a file of the second copy while its caller flushes one of the first: an event then waits for
/// the slower disk, not for both.
package final class FlushThread<S: Storage>: Sendable {
    private struct State {
        /// What is to be flushed; nil while there is nothing to do.
        var work: (storage: S, file: S.Handle)?
        var fault: StorageError?
        var isTaken = false
        var isClosed = false
    }

    /// What the thread itself keeps: not the object that ends it.
    private final class Desk: Sendable {
        let state = Lock(State())
        let wake = Semaphore()
        let done = Semaphore()

        func work() {
            while true {
                wake.wait()
                let (work, isClosed) = state.withLock { ($0.work, $0.isClosed) }
                if isClosed { return }
                guard let work else { continue }
                var fault: StorageError?
                do throws(StorageError) { try work.storage.synchronize(work.file) } catch { fault = error }
                state.withLock { state in
                    state.fault = fault
                    state.work = nil
                }
                done.post()
            }
        }
    }

    private let desk = Desk()

    /// Starts the thread, which lives as long as this.
    package init() {
        BackgroundThread.start { [desk] in desk.work() }
    }

    deinit {
        desk.state.withLock { $0.isClosed = true }
        desk.wake.post()
    }

    /// Begins a flush, whose end `finish` waits for; false where another thread's is under way.
    func begin(_ storage: S, _ file: S.Handle) -> Bool {
        let isFree = desk.state.withLock { state in
            guard !state.isTaken else { return false }
            state.isTaken = true
            state.work = (storage, file)
            return true
        }
        if isFree { desk.wake.post() }
        return isFree
    }

    /// Waits for the flush that was begun and throws what became of it.
    func finish() throws(StorageError) {
        desk.done.wait()
        let fault = desk.state.withLock { state in
            state.isTaken = false
            return state.fault
        }
        if let fault { throw fault }
    }
}

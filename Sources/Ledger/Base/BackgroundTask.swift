internal import Glibc

/// Work on a thread of its own, with one life cycle: it is started once, works when it is woken, and ends when it is
/// closed or fails.
///
/// Wakes are counted: one that comes while the work is busy makes it look again.
final class BackgroundTask: Sendable {
    private struct State {
        var isClosed = false
        var isAwaited = false
        var fault: LedgerError?
    }

    private let state = Lock(State())
    private let wakes = Semaphore()
    private let ended = Semaphore()

    /// Why the work has ended before the task was closed; nil where it has not.
    var fault: LedgerError? { state.withLock { $0.fault } }

    /// Whether the work is to end.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Starts the thread.
    ///
    /// The work ends once the task is closed; it throws where it cannot go on.
    func start(_ work: @escaping @Sendable () throws(LedgerError) -> Void) {
        BackgroundThread.start {
            do throws(LedgerError) { try work() } catch { self.state.withLock { $0.fault = error } }
            self.ended.post()
        }
    }

    /// Makes the work look for what there is to do.
    func wake() { wakes.post() }

    /// Waits until the work is woken, for this long at most where a time is given; false once the task is closed.
    ///
    /// Called by the work.
    @discardableResult
    func wait(milliseconds: Int? = nil) -> Bool {
        if let milliseconds { _ = wakes.wait(milliseconds: milliseconds) } else { wakes.wait() }
        return !isClosed
    }

    /// Tells the work to end, without waiting for that.
    func cancel() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Tells the work to end when its current step is done, and waits for that.
    ///
    /// A second call does nothing.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isAwaited = true }
            return !state.isAwaited
        }
        guard isFirst else { return }
        cancel()
        ended.wait()
    }
}

/// Starts background threads that run as long as the ledger is open.
package enum BackgroundThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Runs the closure on a new thread.
    ///
    /// Traps if the system cannot start another thread.
    package static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(run))
        let result = unsafe pthread_create(&thread, nil, threadMain, body.toOpaque())
        precondition(result == 0, "the system can start a thread: \(result)")
        pthread_detach(thread)
    }

    fileprivate static func main(_ argument: UnsafeMutableRawPointer?) {
        guard let argument = unsafe argument else { return }
        unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe BackgroundThread.main(argument)
    return nil
}

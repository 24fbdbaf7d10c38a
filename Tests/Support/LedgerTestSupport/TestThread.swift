internal import Glibc

/// A thread of a test, for calls that block: there are only as many threads for tests as processors.
@safe
package struct TestThread: ~Copyable {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private let thread: pthread_t

    /// Runs the closure on a new thread.
    package init(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(run))
        let result = unsafe pthread_create(&thread, nil, testThreadMain, body.toOpaque())
        precondition(result == 0, "the system can start a thread: \(result)")
        self.thread = thread
    }

    /// Waits for its end.
    ///
    /// To be called once.
    package consuming func join() {
        let result = pthread_join(thread, nil)
        precondition(result == 0, "a thread ends once: \(result)")
    }

    fileprivate static func main(_ argument: UnsafeMutableRawPointer?) {
        guard let argument = unsafe argument else { return }
        unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    }
}

private func testThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe TestThread.main(argument)
    return nil
}

internal import Glibc

/// The thread on which a server's loop runs.
@safe
struct ServerThread: ~Copyable, @unchecked Sendable {
    private let thread: pthread_t

    /// Starts the thread.
    ///
    /// Traps if the system cannot start another one.
    init(_ loop: ServerLoop) {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(loop).toOpaque()
        let result = unsafe pthread_create(&thread, nil, runLoop, context)
        precondition(result == 0, "the system can start a thread: \(result)")
        self.thread = thread
    }

    /// Waits for its end.
    consuming func join() {
        let result = pthread_join(thread, nil)
        precondition(result == 0, "a thread ends once: \(result)")
    }
}

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // The signals of the process are for its other threads.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    unsafe Unmanaged<ServerLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

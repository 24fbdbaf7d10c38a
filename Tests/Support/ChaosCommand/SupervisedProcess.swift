internal import Glibc
internal import LedgerTestSupport
internal import Synchronization

/// A command of the program that a thread keeps running, while others send it signals.
final class SupervisedProcess: Sendable {
    private struct State {
        /// The process, until it was waited for.
        var id: pid_t?
        /// The end that is expected, because a signal was sent.
        var expected: Set<Int32> = []
    }

    private let state = Mutex(State())
    private let path: String
    private let arguments: [String]
    private let environment: [String: String]

    /// Nothing runs yet.
    init(_ path: String, _ arguments: [String], environment: [String: String]) {
        (self.path, self.arguments, self.environment) = (path, arguments, environment)
    }

    /// Starts the process.
    func start(_ input: ChildProcess.Input) throws -> ChildProcess {
        let process = try ChildProcess(path, arguments, environment: environment, input: input, lifetime: .ours)
        state.withLock { $0 = State(id: process.pid) }
        return process
    }

    /// Waits for the end of the process; returns an unexpected status.
    func end(_ process: ChildProcess) throws -> ChildProcess.Ending? {
        process.closeInput()
        // Until it is waited for, no other process gets its id.
        while try process.readLine() != nil {}
        let outcome = try state.withLock { state in
            state.id = nil
            return try process.finish()
        }
        let expected = state.withLock { $0.expected }
        switch outcome.ending {
        case .signal(SIGKILL) where expected.contains(SIGKILL): return nil
        // It may not have installed its signal handler yet.
        case .exit(0) where expected.contains(SIGTERM), .signal(SIGTERM) where expected.contains(SIGTERM): return nil
        default: return outcome.ending
        }
    }

    /// Sends a signal if the process runs; after a signal that ends it, its end is expected.
    func send(_ signal: Int32) {
        state.withLock { state in
            guard let id = state.id else { return }
            state.expected.insert(signal)
            // A process that has just ended can still be waited for.
            _ = kill(id, signal)
        }
    }
}

internal import Glibc

/// A program that runs beside the measurement, until it is stopped.
final class RunningProgram {
    private let process: pid_t

    /// Starts it; what it prints is dropped.
    init(_ arguments: [String]) throws {
        process = try ChildProgram.start(arguments, standardOutput: "/dev/null")
    }

    /// Asks it to end, and waits until it has.
    func stop() throws {
        guard kill(process, SIGTERM) == 0 else { throw SystemFailure("stop", "process \(process)", errno) }
        _ = try ChildProgram.wait(for: process)
    }
}

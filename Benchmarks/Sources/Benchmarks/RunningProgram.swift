internal import Glibc

/// A program that runs during a measurement, until it is stopped.
final class RunningProgram {
    private let process: pid_t

    /// Starts it and discards its output.
    init(_ arguments: [String]) throws {
        process = try ChildProgram.start(arguments, standardOutput: "/dev/null")
    }

    /// Its processor time so far.
    func processorMilliseconds() throws -> Double {
        var clock = clockid_t()
        let error = unsafe clock_getcpuclockid(process, &clock)
        guard error == 0 else { throw SystemFailure("find the clock of", "process \(process)", error) }
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else {
            throw SystemFailure("read the clock of", "process \(process)", errno)
        }
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    /// The bytes of its memory that are resident now.
    func residentByteCount() throws -> Int { try byteCount("VmRSS:") }

    /// The bytes of its memory that were resident at its peak.
    func peakByteCount() throws -> Int { try byteCount("VmHWM:") }

    private func byteCount(_ name: String) throws -> Int {
        let lines = Machine.lines(of: "/proc/\(process)/status").map { $0.split(whereSeparator: \.isWhitespace) }
        guard let line = lines.first(where: { $0.first == name[...] }), let kibibytes = Int(line[1]) else {
            throw Failure("process \(process) has no \(name)")
        }
        return kibibytes << 10
    }

    /// Asks it to end, and waits until it has.
    func stop() throws {
        guard kill(process, SIGTERM) == 0 else { throw SystemFailure("stop", "process \(process)", errno) }
        _ = try ChildProgram.wait(for: process)
    }
}

internal import Glibc

/// The signals that ask `append` to end, and how long they leave it to wait for its input and for its reader.
final class StopRequests {
    private let descriptor: Int32
    private let inputName: String
    private let hasWriter: Bool
    private let log: Log
    private(set) var phase = InputPhase.open

    /// The first signal requests a stop, the second stops at once, and a third ends the process.
    private static let signalCount: Int32 = 2
    /// Once nothing may be waited for any more, a reader that takes nothing for so long is given up.
    private static let readerMilliseconds: Int32 = 1000

    /// Takes over the signals.
    ///
    /// `hasWriter` is whether the input ends when its writer does.
    init(inputName: String, hasWriter: Bool, _ log: Log) throws(FileError) {
        descriptor = try StopSignal.install(count: Self.signalCount)
        self.inputName = inputName
        self.hasWriter = hasWriter
        self.log = log
    }

    /// Whether the signals that have come leave no time to wait for anything.
    var isOverdue: Bool {
        take()
        return phase.isOver(at: .now)
    }

    /// Lets the signals count that have come.
    func take() {
        while let signal = StopSignal.take(from: descriptor) {
            let before = phase
            phase.receive(signal, hasWriter: hasWriter, now: .now)
            guard before == .open, case .draining(let deadline) = phase else { continue }
            let limit = deadline.map { _ in ", for \(InputPhase.terminationSeconds) s at most" } ?? ""
            log.say(.info, "\(inputName) is read on to its end\(limit); a second signal ends at once")
        }
    }

    /// Ends the reading, because the time after SIGTERM is over.
    func endAtDeadline() {
        phase = .over
        let seconds = InputPhase.terminationSeconds
        log.say(.warning, "\(inputName) did not end within \(seconds) s after SIGTERM: no more of it is read")
    }

    /// Waits until input is there, or its end, and as long as the signals allow.
    func waitForInput(_ file: borrowing InputFile) throws(FileError) -> InputFile.Arrival {
        try file.wait(orFor: descriptor, milliseconds: phase.millisecondsLeft(at: .now))
    }

    /// Waits until a descriptor takes bytes; false where its reader takes none and the signals leave no time for it.
    func waitForReader(of output: Int32) throws(FileError) -> Bool {
        while true {
            take()
            var files = [
                pollfd(fd: output, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let left = phase.millisecondsLeft(at: .now)
            let ready = unsafe poll(&files, 2, left < 0 ? left : max(left, Self.readerMilliseconds))
            guard ready >= 0 || errno == EINTR else { throw .current("wait for the reader of", "stdout") }
            if ready > 0, files[0].revents != 0 { return true }
            if ready == 0 { return false }
        }
    }
}

internal import Glibc
internal import Ledger
internal import TradeModel

/// The time of a run, and its log on standard error, one line per event.
package struct Timeline: Sendable {
    /// A signal asked the run to end.
    package struct Interrupted: Error {}

    private let start = ContinuousClock.now
    /// A descriptor that becomes readable when the run should end.
    private let stop: Int32

    package init(stop: Int32) {
        self.stop = stop
    }

    /// The time since the run began.
    package var elapsed: Duration { ContinuousClock.now - start }

    package var isInterrupted: Bool {
        var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) > 0
    }

    /// Lets time pass.
    package func pass(milliseconds: Int) throws(Interrupted) {
        var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, Int32(milliseconds)) <= 0 else { throw Interrupted() }
    }

    /// Writes a line on standard error.
    package func tell(_ message: String) {
        let line = Array("\(LedgerClock.system.now()) \(message)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

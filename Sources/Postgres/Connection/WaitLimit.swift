import Glibc

/// Limits a wait for the server: a stop descriptor and the longest silence.
package struct WaitLimit: Sendable {
    /// A descriptor that becomes readable to request a stop, -1 for none.
    package let stop: Int32
    /// The longest silence of the server in milliseconds; nil for no limit.
    package let silenceMilliseconds: Int?

    /// Waits for as long as the session lives.
    package static let none = WaitLimit(stop: -1, silenceMilliseconds: nil)

    /// Gives up once `stop` becomes readable, or the server has been silent for so long.
    package init(stop: Int32, silenceMilliseconds: Int?) {
        self.stop = stop
        self.silenceMilliseconds = silenceMilliseconds
    }

    /// How a wait ended.
    enum WaitOutcome {
        /// The descriptor is ready, or has an error that its next use reports.
        case ready
        case stopped
        case timedOut
    }

    /// The deadline for a silence that begins now.
    var deadline: ContinuousClock.Instant? { silenceMilliseconds.map { ContinuousClock.now + .milliseconds($0) } }

    /// Waits until a descriptor is ready for one of the events of poll(2).
    func wait(for descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant?) -> WaitOutcome {
        while true {
            var waitMilliseconds: Int32 = -1
            if let deadline {
                let (seconds, attoseconds) = (deadline - ContinuousClock.now).components
                guard seconds >= 0, attoseconds >= 0 else { return .timedOut }
                // Rounded up, so that the last millisecond is not spent in a busy loop.
                waitMilliseconds = Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
            }
            var files = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
            ]
            let readyCount = unsafe poll(&files, 2, waitMilliseconds)
            if readyCount > 0 { return files[0].revents != 0 ? .stopped : .ready }
            if readyCount < 0 && errno != EINTR { return .ready }
        }
    }
}

/// How long `append` keeps reading after a signal.
///
/// A bot's Ctrl-C also reaches its co-process, and the bot sends its closing trades only afterwards. So the first
/// signal does not end a pipe: its writer does.
enum InputPhase: Equatable {
    /// No signal has come.
    case open
    /// A signal arrived, and the input is read to its end, possibly with a deadline.
    case draining(deadline: ContinuousClock.Instant?)
    /// No more is read.
    case over

    /// How long the end may take after SIGTERM.
    static let terminationSeconds = 5

    /// Handles a signal; `hasWriter` is true for an input that ends when its writer does.
    mutating func receive(_ signal: StopSignal, hasWriter: Bool, now: ContinuousClock.Instant) {
        switch (self, signal) {
        case (.open, .interrupt) where hasWriter: self = .draining(deadline: nil)
        case (.open, .terminate) where hasWriter: self = .draining(deadline: now + .seconds(Self.terminationSeconds))
        case (.open, _), (.draining, _), (.over, _): self = .over
        }
    }

    /// Whether waiting is over.
    func isOver(at now: ContinuousClock.Instant) -> Bool { millisecondsLeft(at: now) == 0 }

    /// The timeout for poll(2): -1 for no limit.
    func millisecondsLeft(at now: ContinuousClock.Instant) -> Int32 {
        switch self {
        case .open, .draining(deadline: nil): -1
        case .draining(let deadline?): Self.milliseconds(max(.zero, deadline - now))
        case .over: 0
        }
    }

    /// Rounded up, so that a deadline has passed after the wait for it.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

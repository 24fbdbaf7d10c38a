/// Exponential backoff with jitter: each pause is twice as long, up to a bound, minus a random part, so that many
/// replicators do not reconnect at the same moment.
struct Backoff {
    private static let firstMilliseconds: Int32 = 100
    private let millisecondsMax: Int32
    private var ceiling: Int32

    init(millisecondsMax: Int32) {
        precondition(millisecondsMax > 0, "a pause takes time")
        self.millisecondsMax = millisecondsMax
        ceiling = min(Self.firstMilliseconds, millisecondsMax)
    }

    /// The next pause, in milliseconds.
    mutating func next() -> Int32 {
        defer { ceiling = ceiling > millisecondsMax / 2 ? millisecondsMax : ceiling * 2 }
        return drawn
    }

    /// The longest pause, in milliseconds; the following pauses stay as long.
    mutating func longest() -> Int32 {
        ceiling = millisecondsMax
        return drawn
    }

    /// Resets the backoff after a success.
    mutating func reset() {
        ceiling = min(Self.firstMilliseconds, millisecondsMax)
    }

    private var drawn: Int32 { Int32.random(in: (ceiling + 1) / 2...ceiling) }
}

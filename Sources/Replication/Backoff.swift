/// How long to wait before the next try: twice as long each time up to a bound, less a random part, so that many
/// replicators do not come back at the same moment.
struct Backoff {
    private static let firstMilliseconds: Int32 = 100
    private static let milliseconds: ClosedRange<Int32> = 50...10_000
    private var ceiling = Self.firstMilliseconds

    /// The next pause, in milliseconds.
    mutating func next() -> Int32 {
        let pause = Int32.random(in: (ceiling / 2)...ceiling)
        ceiling = min(ceiling * 2, Self.milliseconds.upperBound)
        return max(pause, Self.milliseconds.lowerBound)
    }

    /// After a success the next failure waits for a short time again.
    mutating func reset() {
        ceiling = Self.firstMilliseconds
    }
}

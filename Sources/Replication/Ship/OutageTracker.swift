/// A time in which the replicator does not get on, from its first fault to the next success, and how often it is told.
///
/// An outage of a day is some ten thousand tries with a handful of different faults: each is told when it comes first,
/// then at most once in a while, and the end of all once.
struct OutageTracker {
    /// What is known of a trouble.
    struct Extent: Equatable {
        let attemptCount: Int
        let milliseconds: Int
    }

    private let reminderMilliseconds: Int
    private var begin: ContinuousClock.Instant?
    private(set) var attemptCount = 0
    /// When each fault was last told, by its key.
    private var told: [String: ContinuousClock.Instant] = [:]

    var isGoingOn: Bool { begin != nil }

    init(reminderMilliseconds: Int) {
        self.reminderMilliseconds = reminderMilliseconds
    }

    /// Takes in a fault; the extent of the trouble where it is to be told.
    mutating func note(_ key: String, at time: ContinuousClock.Instant) -> Extent? {
        let begin = begin ?? time
        self.begin = begin
        attemptCount += 1
        let reminder = Duration.milliseconds(reminderMilliseconds)
        if let last = told[key], time - last < reminder { return nil }
        told = told.filter { time - $0.value < reminder }
        told[key] = time
        return Extent(attemptCount: attemptCount, milliseconds: Self.milliseconds(time - begin))
    }

    /// Notes a success; the extent of the trouble that is over, nil where there was none.
    mutating func end(at time: ContinuousClock.Instant) -> Extent? {
        guard let begin else { return nil }
        defer { self = OutageTracker(reminderMilliseconds: reminderMilliseconds) }
        return Extent(attemptCount: attemptCount, milliseconds: Self.milliseconds(time - begin))
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}

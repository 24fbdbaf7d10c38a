/// Exponential backoff with jitter: the ceiling of a pause begins at 100 ms and doubles up to a maximum.
///
/// Each pause is random between half its ceiling and its ceiling, so that many replicators do not reconnect at the same
/// moment.
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
        return randomPause
    }

    /// A pause from the longest range, in milliseconds; the following pauses stay in it until `reset`.
    mutating func longest() -> Int32 {
        ceiling = millisecondsMax
        return randomPause
    }

    /// Resets the backoff after a success.
    mutating func reset() {
        ceiling = min(Self.firstMilliseconds, millisecondsMax)
    }

    private var randomPause: Int32 { Int32.random(in: (ceiling + 1) / 2...ceiling) }
}

/// An outage, from the first fault to the next success, and when it is logged.
///
/// An outage of a day means some ten thousand attempts with a handful of different faults: each is logged when it first
/// occurs, then at most once per interval, and the end of the outage once.
struct OutageTracker {
    /// How long an outage has lasted since its first fault, and how many attempts have failed.
    struct Extent: Equatable {
        let attemptCount: Int
        let milliseconds: Int
    }

    private let reminderMilliseconds: Int
    private var begin: ContinuousClock.Instant?
    private(set) var attemptCount = 0
    /// When each fault was last logged, by its key.
    private var lastLogged: [String: ContinuousClock.Instant] = [:]

    var isGoingOn: Bool { begin != nil }

    init(reminderMilliseconds: Int) {
        self.reminderMilliseconds = reminderMilliseconds
    }

    /// Records a failed attempt; returns the extent of the outage if the fault has to be logged now, else nil.
    ///
    /// Faults with the same key are the same fault.
    mutating func note(_ key: String, at time: ContinuousClock.Instant) -> Extent? {
        let begin = begin ?? time
        self.begin = begin
        attemptCount += 1
        let reminder = Duration.milliseconds(reminderMilliseconds)
        if let last = lastLogged[key], time - last < reminder { return nil }
        // Entries that are due again are dropped, so that the table stays small.
        lastLogged = lastLogged.filter { time - $0.value < reminder }
        lastLogged[key] = time
        return Extent(attemptCount: attemptCount, milliseconds: (time - begin).wholeMilliseconds)
    }

    /// Records a success; returns the extent of the outage that has ended, nil if there was none.
    mutating func end(at time: ContinuousClock.Instant) -> Extent? {
        guard let begin else { return nil }
        defer { self = OutageTracker(reminderMilliseconds: reminderMilliseconds) }
        return Extent(attemptCount: attemptCount, milliseconds: (time - begin).wholeMilliseconds)
    }
}

extension Duration {
    /// The duration in milliseconds, rounded towards zero.
    package var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

/// How fast a database catches up with its log, and how long that will take.
package struct CatchUpPace: Sendable {
    private let firstSequence: UInt64
    private let begin: ContinuousClock.Instant

    /// Begins at the position of the database.
    package init(from sequence: UInt64, at time: ContinuousClock.Instant) {
        firstSequence = sequence
        begin = time
    }

    /// The progress at a time in words: position, rate, and the time left at that rate.
    package func description(
        at sequence: UInt64,
        of durableSequence: UInt64,
        _ time: ContinuousClock.Instant
    ) -> String {
        let place = "\(sequence) of \(durableSequence) events"
        // A database that was rolled back meanwhile may be behind its starting point.
        guard sequence > firstSequence else { return place }
        let milliseconds = UInt64(max(1, (time - begin).wholeMilliseconds))
        let perSecond = (sequence - firstSequence) * 1000 / milliseconds
        guard perSecond > 0 else { return place }
        let secondsLeft = (durableSequence - min(sequence, durableSequence)) / perSecond
        return "\(place), \(perSecond) events/s, \(Self.text(milliseconds: Int(secondsLeft) * 1000)) left"
    }

    /// A duration in words, such as `3 min 20 s`.
    package static func text(milliseconds: Int) -> String {
        let seconds = milliseconds / 1000
        switch seconds {
        case 0: return "\(milliseconds) ms"
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }
}

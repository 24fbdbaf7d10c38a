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

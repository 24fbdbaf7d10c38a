/// The time that a single producer waits for each of its events.
enum CommitTimes {
    static let metrics = [Metric(name: "p50", unit: .milliseconds), Metric(name: "p99", unit: .milliseconds)]
    /// Commits at the beginning of a turn that do not count.
    static let warmUpCount = 64

    /// The figures of one turn, from the times of all its commits in milliseconds.
    static func percentiles(_ milliseconds: [Double]) -> [Double] {
        let counted = Array(milliseconds.dropFirst(warmUpCount))
        return [counted.percentile(50), counted.percentile(99)]
    }

    /// How long one commit takes.
    static func milliseconds(_ commit: () throws -> Void) rethrows -> Double {
        let watch = Stopwatch()
        try commit()
        return watch.milliseconds
    }
}

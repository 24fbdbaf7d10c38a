/// Learns of each group commit, for metrics and for what follows the log in the same process.
package struct CommitObserver: Sendable {
    /// A clock in nanoseconds that never goes back.
    let nanoseconds: @Sendable () -> UInt64
    let report: @Sendable (CommitReport) -> Void

    /// An observer; `report` is called as `Ledger.observeCommits` says.
    package init(
        nanoseconds: @escaping @Sendable () -> UInt64 = MonotonicClock.nanoseconds,
        report: @escaping @Sendable (CommitReport) -> Void
    ) {
        self.nanoseconds = nanoseconds
        self.report = report
    }
}

/// What one group commit did, and how long its stages took.
///
/// The stages do not overlap. What is left of a request's time is the wake of the thread that waits for it.
package struct CommitReport: Hashable, Sendable {
    /// The requests that shared the commit: one for each call that appends or submits.
    package let requestCount: Int
    /// The events of these requests.
    package let eventCount: Int
    /// Those that were appended, and neither on record already nor rejected.
    package let appendedCount: Int
    /// The last durable event after the commit.
    package let durableSequence: UInt64
    /// Bytes of the frames that were written.
    package let byteCount: Int
    /// How long the oldest request waited for the commit to begin.
    package let queueNanoseconds: UInt64
    /// How long it took to check the rules and to encode the events.
    package let admissionNanoseconds: UInt64
    /// How long it took to write the frames.
    package let writeNanoseconds: UInt64
    /// How long it took to flush them, to begin a segment, and to keep rejected events.
    package let flushNanoseconds: UInt64
}

/// A commit under way that somebody observes.
struct ObservedCommit {
    private let observer: CommitObserver
    private let requestCount: Int
    private let eventCount: Int
    private let queueNanoseconds: UInt64
    private let begunAt: UInt64
    private let durableBefore: UInt64
    private let effortBefore: WriteEffort
    private var admissionNanoseconds: UInt64 = 0

    /// A commit that begins; `effort` is what the log has taken so far, and `queuedAt` when the oldest request came.
    init(
        _ observer: CommitObserver,
        _ requests: some Collection<AppendRequest>,
        queuedAt: UInt64?,
        durableSequence: UInt64,
        _ effort: WriteEffort
    ) {
        self.observer = observer
        let begunAt = observer.nanoseconds()
        self.begunAt = begunAt
        queueNanoseconds = queuedAt.map { begunAt - $0 } ?? 0
        // A request that is settled may be another one's already.
        requestCount = requests.count
        eventCount = requests.reduce(0) { $0 + $1.submissions.count }
        durableBefore = durableSequence
        effortBefore = effort
    }

    /// Every event has its answer; a full frame or segment may have been written on the way.
    mutating func endAdmission(_ effort: WriteEffort) {
        let writing = effort.writeNanoseconds - effortBefore.writeNanoseconds
        let flushing = effort.flushNanoseconds - effortBefore.flushNanoseconds
        admissionNanoseconds = observer.nanoseconds() - begunAt - writing - flushing
    }

    /// Reports the commit, whose requests are settled.
    func end(durableSequence: UInt64, _ effort: WriteEffort) {
        observer.report(
            CommitReport(
                requestCount: requestCount,
                eventCount: eventCount,
                appendedCount: Int(durableSequence - durableBefore),
                durableSequence: durableSequence,
                byteCount: effort.byteCount - effortBefore.byteCount,
                queueNanoseconds: queueNanoseconds,
                admissionNanoseconds: admissionNanoseconds,
                writeNanoseconds: effort.writeNanoseconds - effortBefore.writeNanoseconds,
                flushNanoseconds: effort.flushNanoseconds - effortBefore.flushNanoseconds
            )
        )
    }
}

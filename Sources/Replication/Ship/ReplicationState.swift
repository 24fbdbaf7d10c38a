/// A pure state machine: decides the replicator's next step from the last outcome, without access to log, database or
/// clock.
struct ReplicationState {
    /// What the replicator can do.
    enum Step: Equatable {
        /// Open a session.
        case connect
        /// Read the database's position, check it against the log, and move the source to it.
        case align
        /// Store the next batch, of so many events at most.
        case ship(eventCountMax: Int)
        /// Wait until the log has grown.
        case watch
        case pause(milliseconds: Int32)
        /// The work is done, or was asked to end.
        case end
        /// Throw what the last step failed with.
        case fail
    }

    enum Outcome: Equatable {
        case connected
        case aligned
        case shipped
        /// There is nothing to ship: the database has all durable events.
        case caughtUp
        /// The position of the database has changed; nothing was stored.
        case moved
        /// The log may have grown.
        case woken
        case paused
        case stopped
        /// `eventCount` is the number of events in the batch, 0 for any other step; `hasSession` is whether the session
        /// survived.
        case failed(ReplicationError.RetryClass, eventCount: Int, hasSession: Bool)
    }

    /// How many conflicts in a row `--once` retries before it gives up.
    private static let conflictCountMax = 10

    private let duration: Replicator.Duration
    private var backoff: Backoff
    /// How many events the next batch has at most.
    ///
    /// Each failure halves it, until a row that the server refuses is alone and a statement that takes too long is
    /// short enough; each stored batch doubles it.
    private var eventCountMax = BatchSource.eventCountMax
    private var hasSession = false
    /// Whether the database was set up correctly at some point in this run: if something is missing later, an
    /// administrator is working on it.
    private var wasRight = false
    private var conflictCount = 0

    init(_ duration: Replicator.Duration, _ timing: ReplicationTiming) {
        self.duration = duration
        backoff = Backoff(millisecondsMax: timing.pauseMillisecondsMax)
    }

    static let first = Step.connect

    /// The step after the outcome of the previous one.
    mutating func step(after outcome: Outcome) -> Step {
        switch outcome {
        case .connected:
            hasSession = true
            return .align
        case .aligned:
            wasRight = true
            return .ship(eventCountMax: eventCountMax)
        case .shipped:
            noteProgress()
            eventCountMax = min(eventCountMax * 2, BatchSource.eventCountMax)
            return .ship(eventCountMax: eventCountMax)
        case .caughtUp:
            noteProgress()
            return duration == .once ? .end : .watch
        case .moved: return .align
        case .woken: return .ship(eventCountMax: eventCountMax)
        case .paused: return hasSession ? .align : .connect
        case .stopped: return .end
        case .failed(let retryClass, let eventCount, let hasSession):
            self.hasSession = hasSession
            if eventCount > 0 { eventCountMax = max(1, eventCount / 2) }
            return step(afterFault: retryClass, eventCount: eventCount)
        }
    }

    private mutating func step(afterFault retryClass: ReplicationError.RetryClass, eventCount: Int) -> Step {
        switch (retryClass, duration) {
        case (.stop, _): return .end
        case (.final, _): return .fail
        // One of several events is refused: smaller batches find out which.
        case (.refusedData, _) where eventCount > 1 && hasSession: return .ship(eventCountMax: eventCountMax)
        case (.refusedData, .untilStopped): return .pause(milliseconds: backoff.longest())
        case (.setup, .untilStopped) where wasRight: return .pause(milliseconds: backoff.next())
        case (.conflict, .once):
            conflictCount += 1
            return conflictCount < Self.conflictCountMax ? .pause(milliseconds: backoff.next()) : .fail
        case (.transient, .untilStopped), (.conflict, .untilStopped), (.unknown, .untilStopped):
            return .pause(milliseconds: backoff.next())
        case (.setup, _), (.refusedData, .once), (.transient, .once), (.unknown, .once): return .fail
        }
    }

    private mutating func noteProgress() {
        backoff.reset()
        conflictCount = 0
    }
}

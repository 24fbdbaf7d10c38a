/// What the replicator does next: decided from what happened, without a look at log, database or clock.
struct ReplicationState {
    /// What the replicator can do.
    enum Step: Equatable {
        /// Open a session.
        case connect
        /// Read where the database is, check that it lies on the log, and take the log there.
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

    /// What became of a step.
    enum Outcome: Equatable {
        case connected
        case aligned
        case shipped
        /// There is nothing to ship: the database has all that is durable.
        case caughtUp
        /// The database is not where it was: nothing was stored.
        case moved
        /// The log may have grown.
        case woken
        case paused
        case stopped
        /// `eventCount` is the number of events that were to be stored, 0 where the step was another one; `hasSession`
        /// whether the session outlived it.
        case failed(ReplicationError.RetryClass, eventCount: Int, hasSession: Bool)
    }

    /// Conflicts with others that `--once` takes in a row before it gives up.
    private static let conflictCountMax = 10

    private let duration: Replicator.Duration
    private var backoff: Backoff
    /// How many events the next batch has at most.
    ///
    /// Whatever fails halves it, so that a row which the server refuses is alone in the end, and a statement that takes
    /// too long becomes a short one; each batch that is stored doubles it.
    private var eventCountMax = BatchSource.eventCountMax
    private var hasSession = false
    /// Whether the database was as it should be once in this run: then whatever is missing later, somebody is at it.
    private var wasRight = false
    private var conflictCount = 0

    init(_ duration: Replicator.Duration, _ timing: ReplicationTiming) {
        self.duration = duration
        backoff = Backoff(millisecondsMax: timing.pauseMillisecondsMax)
    }

    /// The step that comes first.
    static let first = Step.connect

    /// The step behind an outcome of the one before.
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
        // One of several is refused: a part of them tells which.
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

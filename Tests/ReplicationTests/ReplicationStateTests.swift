import Ledger
import Postgres
import Testing

@testable import Replication

@Suite struct `The replicator's decisions` {
    private typealias Step = ReplicationState.Step
    private typealias Outcome = ReplicationState.Outcome

    private let most = BatchSource.eventCountMax

    private func state(_ duration: Replicator.Duration, after outcomes: [ReplicationState.Outcome]) -> ReplicationState
    {
        var state = ReplicationState(duration, ReplicationTiming())
        for outcome in outcomes { _ = state.step(after: outcome) }
        return state
    }

    private func failed(
        _ retryClass: ReplicationError.RetryClass,
        eventCount: Int = 0,
        hasSession: Bool = true
    ) -> ReplicationState.Outcome {
        .failed(retryClass, eventCount: eventCount, hasSession: hasSession)
    }

    @Test(arguments: [Replicator.Duration.once, .untilStopped])
    func `ship everything through one session`(duration: Replicator.Duration) {
        var state = ReplicationState(duration, ReplicationTiming())
        #expect(ReplicationState.first == .connect)
        #expect(state.step(after: .connected) == .align)
        #expect(state.step(after: .aligned) == .ship(eventCountMax: most))
        #expect(state.step(after: .shipped) == .ship(eventCountMax: most))
        #expect(state.step(after: .moved) == .align)
        #expect(state.step(after: .aligned) == .ship(eventCountMax: most))
        #expect(state.step(after: .caughtUp) == (duration == .once ? .end : .watch))
        #expect(state.step(after: .woken) == .ship(eventCountMax: most))
        #expect(state.step(after: .stopped) == .end)
    }

    /// What follows a fault: whether it ends a lasting run at its start, later, and with `--once`.
    @Test(
        arguments: [
            (.transient, false, false, true), (.unknown, false, false, true), (.conflict, false, false, false),
            (.setup, true, false, true), (.final, true, true, true), (.refusedData, false, false, true),
        ] as [(ReplicationError.RetryClass, Bool, Bool, Bool)]
    )
    func `wait for faults that can pass and end with others`(
        retryClass: ReplicationError.RetryClass,
        endsAtStart: Bool,
        endsLater: Bool,
        endsOnce: Bool
    ) {
        var start = state(.untilStopped, after: [])
        #expect((start.step(after: failed(retryClass, hasSession: false)) == .fail) == endsAtStart)
        var later = state(.untilStopped, after: [.connected, .aligned, .caughtUp])
        #expect((later.step(after: failed(retryClass)) == .fail) == endsLater)
        var once = state(.once, after: [.connected, .aligned])
        #expect((once.step(after: failed(retryClass, eventCount: 1)) == .fail) == endsOnce)
        for var state in [start, later, once] { #expect(state.step(after: failed(.stop)) == .end) }
    }

    @Test func `continue in the same session, or in a new one`() {
        var state = state(.untilStopped, after: [.connected, .aligned, failed(.transient, hasSession: true)])
        #expect(state.step(after: .paused) == .align)
        _ = state.step(after: failed(.transient, hasSession: false))
        #expect(state.step(after: .paused) == .connect)
    }

    @Test(arguments: [Replicator.Duration.once, .untilStopped], [1, 2, 777, 10_000])
    func `find the refused event in few tries and ship everything before it`(
        duration: Replicator.Duration,
        bad: Int
    ) {
        var state = state(duration, after: [.connected])
        var step = state.step(after: .aligned)
        var (stored, tries) = (0, 0)
        while case .ship(let countMax) = step {
            tries += 1
            let count = min(countMax, 10_000 - stored)
            if stored + count < bad {
                stored += count
                step = state.step(after: .shipped)
            } else {
                step = state.step(after: failed(.refusedData, eventCount: count))
            }
        }
        #expect(stored == bad - 1)
        #expect(tries <= 100)
        guard duration == .untilStopped else {
            #expect(step == .fail)
            return
        }
        guard case .pause(let milliseconds) = step else {
            Issue.record("\(step)")
            return
        }
        #expect(milliseconds >= 5000)
        #expect(state.step(after: .paused) == .align)
        #expect(state.step(after: .aligned) == .ship(eventCountMax: 1))
        // Once the server accepts it, batches grow again.
        for count in [2, 4, 8] { #expect(state.step(after: .shipped) == .ship(eventCountMax: count)) }
        for _ in 0..<20 { _ = state.step(after: .shipped) }
        #expect(state.step(after: .shipped) == .ship(eventCountMax: most))
    }

    @Test func `try smaller batches if one fails for another reason`() {
        var state = state(.untilStopped, after: [.connected, .aligned, failed(.transient, eventCount: 5000)])
        _ = state.step(after: .paused)
        #expect(state.step(after: .aligned) == .ship(eventCountMax: 2500))
        _ = state.step(after: failed(.transient, eventCount: 1))
        _ = state.step(after: .paused)
        #expect(state.step(after: .aligned) == .ship(eventCountMax: 1))
    }

    @Test func `give up if conflicts do not end`() {
        var state = state(.once, after: [.connected, .aligned])
        var steps: [ReplicationState.Step] = []
        while steps.last != .fail, steps.count < 100 {
            steps.append(state.step(after: failed(.conflict, eventCount: 1)))
        }
        #expect(steps.count == 10)
    }

    @Test func `wait longer after each try, and briefly again after a success`() {
        var state = state(.untilStopped, after: [])
        var ceiling: Int32 = 100
        for _ in 0..<20 {
            guard case .pause(let milliseconds) = state.step(after: failed(.transient, hasSession: false)) else {
                Issue.record("no pause")
                return
            }
            #expect(((ceiling + 1) / 2...ceiling).contains(milliseconds))
            ceiling = min(ceiling * 2, 10_000)
        }
        _ = state.step(after: .connected)
        _ = state.step(after: .aligned)
        _ = state.step(after: .caughtUp)
        guard case .pause(let milliseconds) = state.step(after: failed(.transient)) else {
            Issue.record("no pause")
            return
        }
        #expect((50...100).contains(milliseconds))
    }
}

@Suite struct `An outage` {
    private let start = ContinuousClock.now

    @Test func `is logged when it starts, once a minute while it lasts, and when it ends`() {
        var outage = OutageTracker(reminderMilliseconds: 60_000)
        var told: [Int] = []
        for second in 0...150 where outage.note("refused", at: start + .seconds(second)) != nil { told.append(second) }
        #expect(told == [0, 60, 120])
        #expect(outage.end(at: start + .seconds(151)) == OutageTracker.Extent(attemptCount: 151, milliseconds: 151_000))
        #expect(outage.end(at: start + .seconds(152)) == nil)
        #expect(
            outage.note("refused", at: start + .seconds(153)) == OutageTracker.Extent(attemptCount: 1, milliseconds: 0)
        )
    }

    @Test func `of two alternating kinds causes no flood of messages`() {
        var outage = OutageTracker(reminderMilliseconds: 60_000)
        var told = 0
        for second in 0..<600 where outage.note("kind \(second % 2)", at: start + .seconds(second)) != nil {
            told += 1
        }
        #expect(told == 20)
    }
}

@Suite struct `The progress of the replicator` {
    @Test func `has position, rate and the time left`() {
        let start = ContinuousClock.now
        let pace = CatchUpPace(from: 1_000_000, at: start)
        #expect(pace.description(at: 1_000_000, of: 5_000_000, start) == "1000000 of 5000000 events")
        #expect(
            pace.description(at: 2_000_000, of: 5_000_000, start + .seconds(20))
                == "2000000 of 5000000 events, 50000 events/s, 1 min 0 s left"
        )
        // The database was rolled back to before the position where it began.
        #expect(pace.description(at: 500, of: 5_000_000, start + .seconds(20)) == "500 of 5000000 events")
        #expect(CatchUpPace.text(milliseconds: 12) == "12 ms")
        #expect(CatchUpPace.text(milliseconds: 3_723_000) == "1 h 2 min")
    }
}

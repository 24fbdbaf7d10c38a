internal import Glibc
package import Ledger
internal import Postgres
internal import TradeModel

/// Ships the durable events of a ledger into a database, each exactly once and in order, and keeps the projections.
///
/// The position always comes from the database's row of `ledger.replication`, never from a local note: after any
/// failure the replicator reads it again and continues from there. `ReplicationState` decides what to do next, and this
/// class does it.
package final class Replicator {
    /// What happens while it runs, for logs and progress bars.
    package enum Report {
        /// Another process ships this ledger; nil where its number is not known.
        case waitingForAnother(Int32?)
        case connected(endpoint: String, replicatedSequence: UInt64)
        /// With the server's configuration a commit may not survive a loss of power.
        case promisingLess(String)
        /// A batch was committed; the log was durable up to a sequence when it was last asked.
        case shipped(ShippedBatch, durableSequence: UInt64)
        /// The database lost all of its events: they are shipped again.
        case startedOver(lostSequence: UInt64)
        /// An attempt failed.
        case retrying(ReplicationError, afterMilliseconds: Int32)
        /// A fault: reported when it first occurs, and periodically while it lasts.
        case failing(ReplicationError, attemptCount: Int, milliseconds: Int)
        case recovered(attemptCount: Int, milliseconds: Int)
        /// The replicator cannot write its status files into the ledger's directory.
        case unseen(LedgerError)
    }

    /// How long it works.
    package enum Duration {
        /// Until everything durable is in the database; a database that cannot be reached is an error.
        case once
        /// Until it is stopped; it waits for new events and for a database that cannot be reached.
        case untilStopped
    }

    private let reader: LedgerReader
    private let address: DatabaseAddress
    private let stop: Int32
    private let timing: ReplicationTiming
    private let report: (Report) -> Void
    private let presence: ReplicatorPresence
    private var source: BatchSource
    private var session: ReplicationSession?
    private var outage: OutageTracker
    /// The shortfalls reported so far: each is reported once, not at each new connection.
    private var reportedShortfalls: Set<String> = []

    private static let turnPollMilliseconds: Int32 = 250

    /// A replicator of a ledger.
    ///
    /// `stop` is a descriptor that becomes readable to request a stop.
    package init(
        _ reader: LedgerReader,
        _ address: DatabaseAddress,
        stop: Int32,
        timing: ReplicationTiming = ReplicationTiming(),
        report: @escaping (Report) -> Void
    ) throws(ReplicationError) {
        self.reader = reader
        self.address = address
        self.stop = stop
        self.timing = timing
        self.report = report
        presence = ReplicatorPresence(reader) { report(.unseen($0)) }
        source = try ReplicationError.converting { try BatchSource(reader.log, stop: stop) }
        outage = OutageTracker(reminderMilliseconds: timing.reminderMilliseconds)
    }

    /// Works until the end of its duration, or until it is stopped.
    ///
    /// Throws errors that waiting cannot resolve.
    package func run(_ duration: Duration) throws(ReplicationError) {
        guard try waitForTurn(duration) else { return }
        defer {
            session = nil
            presence.endTurn()
        }
        presence.show(.connecting)
        var state = ReplicationState(duration, timing)
        var step = ReplicationState.first
        while true {
            do throws(ReplicationError) {
                let outcome = try perform(step)
                if outcome == .shipped || outcome == .caughtUp, let extent = outage.end(at: .now) {
                    report(.recovered(attemptCount: extent.attemptCount, milliseconds: extent.milliseconds))
                }
                step = state.step(after: outcome)
            } catch {
                step = state.step(after: outcome(of: error, in: step))
                switch step {
                case .pause(let milliseconds): tell(error, pausing: milliseconds)
                case .fail:
                    let explained = DivergenceReport(reader, address).explaining(error)
                    presence.show(.failed, explained, attemptCount: outage.attemptCount)
                    throw explained
                default: break
                }
            }
            guard step != .end else {
                presence.show(.stopped)
                return
            }
        }
    }

    private func perform(_ step: ReplicationState.Step) throws(ReplicationError) -> ReplicationState.Outcome {
        if isStopped(waitingMilliseconds: 0) { return .stopped }
        switch step {
        case .connect:
            session = try ReplicationSession(reader.log, address, timing, stop: stop)
            return .connected
        case .align:
            try align()
            return .aligned
        case .ship(let eventCountMax): return try ship(eventCountMax)
        case .watch:
            try liveSession.waitForGrowth(stop: stop)
            return .woken
        case .pause(let milliseconds): return isStopped(waitingMilliseconds: milliseconds) ? .stopped : .paused
        case .end, .fail: preconditionFailure("there is no step after the last one")
        }
    }

    private func align() throws(ReplicationError) {
        let session = liveSession
        let isFirst = session.replicatedSequence == nil
        try session.align(&source) { report(.startedOver(lostSequence: $0)) }
        try ReplicationError.converting { try DatabaseAheadMarker.remove(reader.log.storage) }
        if isFirst {
            report(.connected(endpoint: session.endpoint, replicatedSequence: source.position))
            for shortfall in session.shortfalls where reportedShortfalls.insert(shortfall).inserted {
                report(.promisingLess(shortfall))
            }
        }
        presence.publish(source.position)
        // A successful connection is not progress yet: the next batch may meet the same fault.
        if !outage.isGoingOn { showProgress() }
    }

    private func ship(_ eventCountMax: Int) throws(ReplicationError) -> ReplicationState.Outcome {
        switch try liveSession.ship(&source, eventCountMax: eventCountMax) {
        case .moved: return .moved
        case .nothing:
            showProgress()
            return .caughtUp
        case .stored(let batch):
            presence.publish(source.position)
            showProgress()
            report(.shipped(batch, durableSequence: source.durableSequence))
            return .shipped
        }
    }

    private var liveSession: ReplicationSession {
        guard let session else { preconditionFailure("a session is opened before it is used") }
        return session
    }

    /// The outcome for an error; drops the session if the error ended it.
    private func outcome(of error: ReplicationError, in step: ReplicationState.Step) -> ReplicationState.Outcome {
        if isStopped(waitingMilliseconds: 0) { return .stopped }
        var eventCount = 0
        if case .ship = step { eventCount = liveSession.eventCountUnderWay }
        if session?.isAlive == false { session = nil }
        return .failed(error.retryClass, eventCount: eventCount, hasSession: session != nil)
    }

    /// Waits until no other process ships the ledger; false if there is then nothing left to do.
    ///
    /// `--once` is done as soon as the database has what was durable at its start, whichever process shipped it.
    private func waitForTurn(_ duration: Duration) throws(ReplicationError) -> Bool {
        var isTold = false
        var probe: CatchUpProbe?
        do throws(ReplicationError) {
            return try ReplicationError.converting {
                while case .another(let pid) = try presence.takeTurn() {
                    if !isTold { report(.waitingForAnother(pid)) }
                    isTold = true
                    if duration == .once {
                        let present = try probe ?? CatchUpProbe(reader.log, address, timing, stop: stop)
                        if try present.hasEverything() { return false }
                        probe = present
                    }
                    if isStopped(waitingMilliseconds: Self.turnPollMilliseconds) { return false }
                }
                return true
            }
        } catch {
            if isStopped(waitingMilliseconds: 0) { return false }
            throw error
        }
    }

    private func tell(_ error: ReplicationError, pausing milliseconds: Int32) {
        report(.retrying(error, afterMilliseconds: milliseconds))
        guard let extent = outage.note(error.outageKey, at: .now) else { return }
        report(.failing(error, attemptCount: extent.attemptCount, milliseconds: extent.milliseconds))
        let state: ReplicatorNote.State = error.retryClass == .refusedData ? .refused : .waiting
        presence.show(state, error, attemptCount: extent.attemptCount)
    }

    private func showProgress() {
        presence.show(
            replicatedSequence: source.position,
            durableSequence: source.durableSequence,
            endpoint: liveSession.endpoint
        )
    }

    private func isStopped(waitingMilliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, waitingMilliseconds) > 0
    }
}

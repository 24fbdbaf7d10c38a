internal import HTTP
internal import Ledger

/// The newest durable events, for streams that are up to date: each is encoded once for all of them.
///
/// Nothing is encoded while there is no stream.
package final class RecentEvents: Sendable {
    /// How much is kept, and how often streams hear of it.
    struct Limits: Sendable {
        var byteCountMax = 8 << 20
        var eventCountMax = 1 << 16
        /// The least time between two wakes of one stream: events that come meanwhile are sent together.
        var wakeInterval = Duration.milliseconds(10)
        /// After how much silence a stream sends something, so that proxies keep it.
        var silenceMax = Duration.seconds(15)
    }

    /// What comes after a position.
    enum Continuation {
        /// These events, not empty, in order.
        case events([StreamedEvent])
        /// Nothing yet; the stream is woken when there is something.
        case nothing
        /// Events that are not kept any more; the log has them up to this sequence.
        case log(UInt64)
        /// Nothing will come any more.
        case end
    }

    private struct State {
        /// The events `firstSequence` and following.
        var events: [StreamedEvent] = []
        var byteCount = 0
        /// The event that comes next.
        var nextSequence: UInt64
        var wakers: [Int: HTTPWaker] = [:]
        /// The last event that each stream has taken.
        var positions: [Int: UInt64] = [:]
        var lastStream = 0
        /// The streams to wake when there is something.
        var waiting: Set<Int> = []
        /// Whether there is something since the last wake.
        var isChanged = false
        var lastWake = ContinuousClock.now
        var lastRound = ContinuousClock.now
        var isClosed = false

        var firstSequence: UInt64 { nextSequence - UInt64(events.count) }

        mutating func takeWaiting() -> [HTTPWaker] {
            defer { waiting = [] }
            return waiting.compactMap { wakers[$0] }
        }
    }

    let limits: Limits
    private let state: Lock<State>

    /// Begins after a durable event.
    init(after sequence: UInt64, _ limits: Limits = Limits()) {
        self.limits = limits
        state = Lock(State(nextSequence: sequence + 1))
    }

    /// How many streams there are.
    package var streamCount: Int { state.withLock { $0.wakers.count } }

    /// How many events the slowest stream has not taken yet.
    var lagEventCount: UInt64 {
        state.withLock { state in
            let last = state.nextSequence - 1
            return last - min(last, state.positions.values.min() ?? last)
        }
    }

    /// Ends all streams, and those that begin later.
    func close() {
        let wakers = state.withLock { state in
            state.isClosed = true
            return state.takeWaiting()
        }
        for waker in wakers { waker.wake() }
    }
}

/// For the thread that reads the events.
extension RecentEvents {
    /// Whether there are streams, so that events have to be encoded.
    var isNeeded: Bool { state.withLock { !$0.wakers.isEmpty } }

    /// Adds the events up to a sequence; nil where they were not encoded.
    func add(_ events: [StreamedEvent]?, upTo sequence: UInt64) {
        state.withLock { state in
            guard sequence >= state.nextSequence else { return }
            if let events, !state.wakers.isEmpty, events.first?.sequence == state.nextSequence {
                state.events += events
                state.byteCount += events.reduce(0) { $0 + $1.message.count }
            } else {
                (state.events, state.byteCount) = ([], 0)
            }
            state.nextSequence = sequence + 1
            state.isChanged = true
            if state.byteCount > limits.byteCountMax || state.events.count > limits.eventCountMax { trim(&state) }
        }
    }

    /// Drops the oldest events, more than needed, so that this is rarely done.
    private func trim(_ state: inout State) {
        var (dropCount, byteCount) = (0, state.byteCount)
        let isLarge = { byteCount > self.limits.byteCountMax / 8 * 7 }
        while state.events.count - dropCount > limits.eventCountMax / 8 * 7 || isLarge(),
            dropCount < state.events.count - 1
        {
            byteCount -= state.events[dropCount].message.count
            dropCount += 1
        }
        state.events.removeFirst(dropCount)
        state.byteCount = byteCount
    }

    /// Wakes the streams that wait, if there is something for them and they were not woken just now; returns when to
    /// call this again at the latest, nil where only an event is a reason to.
    func wakeStreams() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let (wakers, next) = state.withLock { state -> ([HTTPWaker], ContinuousClock.Instant?) in
            guard !state.wakers.isEmpty else { return ([], nil) }
            let isDue = state.isChanged && now >= state.lastWake + limits.wakeInterval
            // Several rounds in the longest silence, so that a stream exceeds it by a part of it only.
            let roundInterval = limits.silenceMax / 3
            let isRound = now >= state.lastRound + roundInterval
            if isRound { state.lastRound = now }
            if isDue { (state.isChanged, state.lastWake) = (false, now) }
            let next = state.isChanged ? state.lastWake + limits.wakeInterval : state.lastRound + roundInterval
            return (isDue || isRound ? state.takeWaiting() : [], next)
        }
        for waker in wakers { waker.wake() }
        return next
    }
}

/// For the streams.
extension RecentEvents {
    /// Adds a stream; returns its number, and the last event that there was.
    func add(_ waker: HTTPWaker) -> (number: Int, sequence: UInt64) {
        state.withLock { state in
            // What was encoded for the last stream is old.
            if state.wakers.isEmpty { (state.events, state.byteCount) = ([], 0) }
            state.lastStream += 1
            state.wakers[state.lastStream] = waker
            return (state.lastStream, state.nextSequence - 1)
        }
    }

    /// Removes a stream; nothing is kept for nobody.
    func remove(_ number: Int) {
        state.withLock { state in
            state.wakers[number] = nil
            state.positions[number] = nil
            state.waiting.remove(number)
            if state.wakers.isEmpty { (state.events, state.byteCount) = ([], 0) }
        }
    }

    /// What comes after an event, some of it; the stream of this number is woken when there is more than nothing.
    ///
    /// Events are at most about `byteCountMax` bytes, and copied, so that those that come next are added in place.
    func continuation(after sequence: UInt64, for number: Int, byteCountMax: Int) -> Continuation {
        state.withLock { state in
            if state.isClosed { return .end }
            state.positions[number] = sequence
            guard sequence < state.nextSequence - 1 else {
                state.waiting.insert(number)
                return .nothing
            }
            let first = state.firstSequence
            guard sequence + 1 >= first else { return .log(first - 1) }
            var (events, byteCount) = ([StreamedEvent](), 0)
            for event in state.events[Int(sequence + 1 - first)...] {
                events.append(event)
                byteCount += event.message.count
                if byteCount >= byteCountMax { break }
            }
            return .events(events)
        }
    }
}

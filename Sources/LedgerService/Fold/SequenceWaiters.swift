/// Those who wait until the fold has reached a sequence.
struct SequenceWaiters {
    /// One of them.
    struct Waiter {
        let sequence: UInt64
        let deadline: ContinuousClock.Instant
        /// Called once: with true if the sequence was reached, and false if the time is up.
        let then: @Sendable (Bool) -> Void
    }

    /// More of them at once are refused.
    static let countMax = 1024

    private var waiters: [Waiter] = []
    /// Whether nobody waits any more: nothing will be reached.
    private(set) var isClosed = false

    /// When the next of them gives up; nil where nobody waits.
    var nextDeadline: ContinuousClock.Instant? { waiters.map(\.deadline).min() }

    /// Adds one; false if there are too many, or if nothing will be reached any more.
    mutating func add(_ waiter: Waiter) -> Bool {
        guard !isClosed, waiters.count < Self.countMax else { return false }
        waiters.append(waiter)
        return true
    }

    /// Removes those whose sequence was reached, and those whose time is up.
    mutating func takeSettled(_ sequence: UInt64, _ now: ContinuousClock.Instant) -> [Waiter] {
        guard !waiters.isEmpty else { return [] }
        let settled = waiters.filter { $0.sequence <= sequence || $0.deadline <= now }
        if !settled.isEmpty { waiters.removeAll { $0.sequence <= sequence || $0.deadline <= now } }
        return settled
    }

    /// Removes all of them, and refuses others from now on.
    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiters = [] }
        return waiters
    }
}

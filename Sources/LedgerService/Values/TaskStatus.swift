package import TradeModel

/// The state of a background task of the service.
package enum TaskState: String, CaseIterable, Sendable {
    /// It has begun, and is not at work yet.
    case starting
    /// It is at work.
    case running
    /// It waits for something outside of the service, such as a database.
    case waiting
    /// It has ended without an error.
    case stopped
    /// It ended with an error, and is started again after a pause.
    case failed
}

/// What a background task does, for health checks, the status and metrics.
package struct TaskStatus: Equatable, Sendable {
    /// The task's name, which does not change.
    package let name: String
    /// Its state.
    package internal(set) var state: TaskState
    /// What it waits for, or why it failed; nil in the other states.
    package internal(set) var reason: String?
    /// Since when it has had this state, whatever the reason was meanwhile.
    package internal(set) var since: Timestamp
    /// How many runs have ended with an error.
    package internal(set) var failureCount: Int

    /// A state since a time.
    package init(name: String, state: TaskState, since: Timestamp, reason: String? = nil, failureCount: Int = 0) {
        (self.name, self.state, self.since, self.reason) = (name, state, since, reason)
        self.failureCount = failureCount
    }

    /// Changes the state.
    mutating func change(to state: TaskState, _ reason: String?, at time: Timestamp) {
        if state != self.state { since = time }
        self.state = state
        self.reason = reason
    }
}

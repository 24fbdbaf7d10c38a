import TradeModel

/// The events of one caller that go through one group commit.
///
/// The caller submits the request and then only waits, so the committing thread has exclusive access until `settle`. A
/// settled request can be reused: its buffers stay, so a caller that reuses it allocates nothing.
package final class AppendRequest: @unchecked Sendable {
    /// How the caller learns that the request is settled.
    package enum Waiter {
        /// No notification: the thread that committed the request reads the outcomes itself.
        case none
        case thread(Semaphore)
        case task(CheckedContinuation<[AppendOutcome], Never>)
    }

    private(set) var submissions: [Submission]
    let atomicity: Atomicity
    /// One for each submission, once settled.
    package private(set) var outcomes: [AppendOutcome] = []
    private let waiter: Waiter

    package init(_ submissions: [Submission], _ atomicity: Atomicity, _ waiter: Waiter) {
        self.submissions = submissions
        self.atomicity = atomicity
        self.waiter = waiter
        outcomes.reserveCapacity(submissions.count)
    }

    /// An empty request whose caller waits on a thread.
    convenience init(waitingOn semaphore: Semaphore) {
        self.init([], .all, .thread(semaphore))
    }

    /// Adds one event; only before the request is submitted.
    func add(_ submission: Submission) {
        submissions.append(submission)
    }

    /// Removes the events and their outcomes.
    func clear() {
        submissions.removeAll(keepingCapacity: true)
        outcomes.removeAll(keepingCapacity: true)
    }

    /// Waits, where the caller is a thread, until the request is settled.
    func wait() {
        guard case .thread(let semaphore) = waiter else { preconditionFailure("only a thread waits for its request") }
        semaphore.wait()
    }

    /// Records an outcome, in the order of the submissions.
    ///
    /// The outcome is valid once the commit is durable.
    func answer(_ outcome: AppendOutcome) {
        outcomes.append(outcome)
    }

    /// Removes the outcomes from an index on, because their events were undone.
    func takeBackAnswers(from index: Int) {
        outcomes.removeSubrange(index...)
    }

    /// Notifies the caller.
    ///
    /// After an I/O failure nothing in the commit is acknowledged. A rejection says so if its line was not kept.
    func settle(_ failure: LedgerError?, unkept: UnkeptRejections = .none) {
        if let failure {
            outcomes = submissions.map { _ in .failure(.failed(failure)) }
        } else if unkept != .none {
            outcomes = outcomes.map(unkept.told)
        }
        switch waiter {
        case .none: break
        case .thread(let semaphore): semaphore.post()
        case .task(let continuation): continuation.resume(returning: outcomes)
        }
    }
}

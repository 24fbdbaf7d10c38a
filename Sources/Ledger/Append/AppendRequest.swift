import TradeModel

/// Events of one caller on their way through one group commit.
///
/// The caller hands it over and then only waits, so whoever commits is alone with it until `settle`. A request that was
/// settled can be filled again: its buffers stay, so that a caller that reuses it allocates nothing.
package final class AppendRequest: @unchecked Sendable {
    /// Who is told when the request is settled.
    package enum Waiter {
        /// Nobody: who committed the request looks at it afterwards.
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

    /// Takes one more event; only before the request is handed over.
    func add(_ submission: Submission) {
        submissions.append(submission)
    }

    /// Forgets the events and what became of them.
    func clear() {
        submissions.removeAll(keepingCapacity: true)
        outcomes.removeAll(keepingCapacity: true)
    }

    /// Waits, where the caller is a thread, until the request is settled.
    func wait() {
        guard case .thread(let semaphore) = waiter else { preconditionFailure("only a thread waits for its request") }
        semaphore.wait()
    }

    /// Takes note of an outcome, in the order of the submissions.
    ///
    /// It holds once the commit is durable.
    func answer(_ outcome: AppendOutcome) {
        outcomes.append(outcome)
    }

    /// Forgets the outcomes from an index on: what they speak of was taken back.
    func takeBackAnswers(from index: Int) {
        outcomes.removeSubrange(index...)
    }

    /// Tells the caller.
    ///
    /// After a failure of the machine nothing of the commit is acknowledged. Rejections say where they were not kept.
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

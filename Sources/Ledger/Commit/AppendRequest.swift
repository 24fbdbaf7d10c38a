import TradeModel

/// Events of one caller on their way through one group commit.
///
/// The caller hands it over and then only waits, so the commit thread is alone with it until `settle`.
package final class AppendRequest: @unchecked Sendable {
    /// Who is told when the request is settled.
    package enum Waiter {
        /// Nobody: who committed the request looks at it afterwards.
        case none
        case thread(Semaphore)
        case task(CheckedContinuation<[AppendOutcome], Never>)
    }

    let submissions: [Submission]
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

    /// Takes note of outcomes, in the order of the submissions.
    ///
    /// They hold once the commit is durable.
    func answer(_ some: [AppendOutcome]) {
        outcomes.append(contentsOf: some)
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

public import TradeModel

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

/// One submitted event: its decoded form, and the line to keep if it is rejected.
package struct Submission {
    let draft: Result<EventDraft, Rejection>
    /// The line that the event came as; nil for a program's own value.
    private let givenLine: EventLine?

    /// An event from a line of JSON.
    package init(_ line: EventLine) {
        givenLine = line
        draft =
            line.byteCount > line.bytes.count
            ? .failure(.tooLarge(lineByteCount: line.byteCount))
            : Result { () throws(Rejection) in try EventJSON.decode(line: line.bytes) }
    }

    /// An event from the program's own value.
    package init(_ draft: EventDraft) {
        self.draft = .success(draft)
        givenLine = nil
    }

    /// The line that a rejection keeps: the original, or the one that the value would have been sent as.
    package var line: EventLine {
        if let givenLine { return givenLine }
        guard case .success(let draft) = draft else { preconditionFailure("what was not decoded came as a line") }
        var bytes: [UInt8] = []
        EventJSON.write(draft, into: &bytes)
        return EventLine(bytes)
    }
}

/// Whether the events of one request are appended atomically.
package enum Atomicity {
    case each
    case all
}

/// What became of one event.
public typealias AppendOutcome = Result<Receipt, AppendError>

/// A pool of requests for blocking callers, so that an appending thread allocates nothing.
final class RequestPool: Sendable {
    private let idle = Lock([AppendRequest]())

    /// The largest number kept, so that a burst of threads does not hold memory for ever.
    private static let idleCountMax = 256

    /// An empty request of the caller's own.
    func take() -> AppendRequest {
        idle.withLock { $0.popLast() } ?? AppendRequest(waitingOn: Semaphore())
    }

    /// Returns a settled request to the pool.
    func give(back request: AppendRequest) {
        request.clear()
        idle.withLock { idle in
            if idle.count < Self.idleCountMax { idle.append(request) }
        }
    }
}

/// Why an append failed.
public enum AppendError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The event breaks a rule. It is kept beside the log; the ledger goes on.
    case rejected(Rejection)
    /// The machine failed. Where `code` is `unusable` the ledger must be opened again.
    case failed(LedgerError)

    /// The reason as one line.
    public var description: String {
        switch self {
        case .rejected(let rejection): "\(rejection.code.rawValue): \(rejection.message)"
        case .failed(let error): error.description
        }
    }
}

/// The acknowledgement of one event: it is durable.
public struct Receipt: Hashable, Sendable {
    /// Whether this call appended the event or found it on record.
    public enum Status: String, Sendable {
        case appended
        case duplicate
    }

    /// Whether this call appended it.
    public let status: Status
    /// The event's place in the ledger.
    public let sequence: UInt64
    /// When the ledger took it.
    public let recordedAt: Timestamp
    /// Its id.
    public let eventID: EventID

    init(_ status: Status, sequence: UInt64, recordedAt: Timestamp, eventID: EventID) {
        self.status = status
        self.sequence = sequence
        self.recordedAt = recordedAt
        self.eventID = eventID
    }
}

/// Which rejected events of a commit could not be kept because the disk is full.
enum UnkeptRejections {
    case none
    /// Those with the code `disk_full`.
    case forWantOfSpace
    case all

    /// The outcome; if its event was not kept, the message says so.
    func told(_ outcome: AppendOutcome) -> AppendOutcome {
        guard case .failure(.rejected(let rejection)) = outcome, contains(rejection) else { return outcome }
        let message = "\(rejection.message); the line was not kept among the rejected ones, because the disk is full"
        return .failure(.rejected(Rejection(rejection.code, message)))
    }

    private func contains(_ rejection: Rejection) -> Bool {
        switch self {
        case .none: false
        case .forWantOfSpace: rejection.code == .diskFull
        case .all: true
        }
    }
}

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
        case task(CheckedContinuation<Answers, Never>)
    }

    private(set) var submissions: [Submission]
    let atomicity: Atomicity
    /// One for each submission, once settled.
    ///
    /// Valid once the commit is durable.
    package private(set) var answers = Answers()
    private let waiter: Waiter

    package init(_ submissions: [Submission], _ atomicity: Atomicity, _ waiter: Waiter) {
        self.submissions = submissions
        self.atomicity = atomicity
        self.waiter = waiter
    }

    /// An empty request whose caller waits on a thread.
    convenience init(waitingOn semaphore: Semaphore) {
        self.init([], .all, .thread(semaphore))
    }

    /// Adds one event; only before the request is submitted.
    func add(_ submission: Submission) {
        submissions.append(submission)
    }

    /// Removes the events and their answers.
    func clear() {
        submissions.removeAll(keepingCapacity: true)
        answers.removeAll(from: 0)
    }

    /// Waits, where the caller is a thread, until the request is settled.
    func wait() {
        guard case .thread(let semaphore) = waiter else { preconditionFailure("only a thread waits for its request") }
        semaphore.wait()
    }

    /// Records the answers, in the order of the submissions.
    ///
    /// `answer` has them for itself meanwhile, so that an answer costs no access to this object.
    func answer(_ answer: (inout Answers) -> Void) {
        var answers = Answers()
        swap(&answers, &self.answers)
        answer(&answers)
        swap(&answers, &self.answers)
    }

    /// Notifies the caller.
    ///
    /// After an I/O failure nothing in the commit is acknowledged. A rejection says so if its line was not kept.
    func settle(_ failure: LedgerError?, unkept: UnkeptRejections = .none) {
        if let failure {
            answers.removeAll(from: 0)
            for _ in submissions { answers.append(.failed(failure)) }
        } else if unkept != .none {
            answers.changeErrors(unkept.told)
        }
        switch waiter {
        case .none: break
        case .thread(let semaphore): semaphore.post()
        case .task(let continuation): continuation.resume(returning: answers)
        }
    }
}

/// What became of the events of a request, in their order.
package struct Answers: Sendable {
    /// Nil for an event that was not appended.
    private var receipts: [Receipt?] = []
    /// By index.
    private var errors: [Int: AppendError] = [:]

    /// The outcome of each event.
    package var outcomes: [AppendOutcome] { receipts.indices.map(outcome) }

    /// The receipts; throws the first error.
    func receiptOfEach() throws(AppendError) -> [Receipt] {
        var all: [Receipt] = []
        all.reserveCapacity(receipts.count)
        for index in receipts.indices { all.append(try receipt(at: index)) }
        return all
    }

    /// The receipt of one event; throws why there is none.
    func receipt(at index: Int) throws(AppendError) -> Receipt {
        if let receipt = receipts[index] { return receipt }
        return try outcome(at: index).get()
    }

    private func outcome(at index: Int) -> AppendOutcome {
        if let receipt = receipts[index] { return .success(receipt) }
        guard let error = errors[index] else { preconditionFailure("an event without a receipt has an error") }
        return .failure(error)
    }

    mutating func append(_ receipt: Receipt) { receipts.append(receipt) }

    mutating func append(_ error: AppendError) {
        errors[receipts.count] = error
        receipts.append(nil)
    }

    mutating func removeAll(from index: Int) {
        receipts.removeSubrange(index...)
        if !errors.isEmpty { errors = errors.filter { $0.key < index } }
    }

    mutating func changeErrors(_ change: (AppendError) -> AppendError) { errors = errors.mapValues(change) }
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

    /// The error; if its event was not kept, the message says so.
    func told(_ error: AppendError) -> AppendError {
        guard case .rejected(let rejection) = error, contains(rejection) else { return error }
        let message = "\(rejection.message); the line was not kept among the rejected ones, because the disk is full"
        return .rejected(Rejection(rejection.code, message))
    }

    private func contains(_ rejection: Rejection) -> Bool {
        switch self {
        case .none: false
        case .forWantOfSpace: rejection.code == .diskFull
        case .all: true
        }
    }
}

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
        /// A function that the committing thread calls with the answers.
        case callback(@Sendable (Answers) -> Void)
    }

    private(set) var submissions: [Submission]
    let atomicity: Atomicity
    /// The answers to the submissions; valid once the request is settled.
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

    /// Adds events; only before the request is submitted.
    func add(_ drafts: some Collection<EventDraft>) {
        submissions.append(contentsOf: drafts.lazy.map { Submission($0) })
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
            for _ in submissions { answers.append(.failure(.failed(failure))) }
        } else if unkept != .none {
            answers.changeErrors(unkept.told)
        }
        switch waiter {
        case .none: break
        case .thread(let semaphore): semaphore.post()
        case .task(let continuation): continuation.resume(returning: answers)
        case .callback(let call): call(answers)
        }
    }
}

/// What became of the events of a request, in their order.
///
/// Usually all of them were appended, and one range stands for their receipts. Each of the others has its own answer.
package struct Answers: Sendable {
    /// The answer to an event whose receipt does not follow from the range.
    private struct Exception {
        let index: Int
        var outcome: AppendOutcome
    }

    private var count = 0
    /// Nil until the first event is admitted.
    private var range: ReceiptRange?
    /// By index, ascending.
    private var exceptions: [Exception] = []

    /// The outcome of each event.
    package var outcomes: [AppendOutcome] {
        var all: [AppendOutcome] = []
        all.reserveCapacity(count)
        forEach { all.append($0) }
        return all
    }

    /// The receipts; throws the first error.
    func receipts() throws(AppendError) -> [Receipt] {
        var all: [Receipt] = []
        all.reserveCapacity(count)
        try forEach { (outcome) throws(AppendError) in all.append(try outcome.get()) }
        return all
    }

    /// The receipt of the first event; throws why there is none.
    func firstReceipt() throws(AppendError) -> Receipt {
        if let first = exceptions.first, first.index == 0 { return try first.outcome.get() }
        return receipt(0)
    }

    /// Sets the range from which the receipts of the next events follow.
    mutating func begin(_ range: ReceiptRange) { self.range = range }

    /// Adds the answer to the next event; nil where its receipt is the next one of the range.
    mutating func append(_ exception: AppendOutcome?) {
        if let exception { exceptions.append(Exception(index: count, outcome: exception)) }
        count += 1
    }

    mutating func removeAll(from index: Int) {
        while let last = exceptions.last, last.index >= index { exceptions.removeLast() }
        count = index
    }

    mutating func changeErrors(_ change: (AppendError) -> AppendError) {
        for index in exceptions.indices { exceptions[index].outcome = exceptions[index].outcome.mapError(change) }
    }

    private func forEach<Failure>(_ visit: (AppendOutcome) throws(Failure) -> Void) throws(Failure) {
        // How many of the events took a sequence.
        var appendedCount: UInt64 = 0
        var rest = exceptions[...]
        for index in 0..<count {
            if let exception = rest.first, exception.index == index {
                rest.removeFirst()
                if case .success(let receipt) = exception.outcome, receipt.status == .appended { appendedCount += 1 }
                try visit(exception.outcome)
            } else {
                try visit(.success(receipt(appendedCount)))
                appendedCount += 1
            }
        }
    }

    private func receipt(_ number: UInt64) -> Receipt {
        guard let range else { preconditionFailure("an event without a range has an answer of its own") }
        return range[number]
    }
}

/// The receipts of events that one commit appends one after another, all at one time, whose ids the ledger derives.
struct ReceiptRange {
    let firstSequence: UInt64
    let recordedAt: Timestamp
    let derivedIDs: DerivedEventIDs

    /// The receipt of an event, counted from 0.
    subscript(number: UInt64) -> Receipt {
        let sequence = firstSequence + number
        guard let eventID = derivedIDs.id(at: sequence, recordedAt: recordedAt) else {
            preconditionFailure("an event whose id cannot be derived stores it")
        }
        return Receipt(.appended, sequence: sequence, recordedAt: recordedAt, eventID: eventID)
    }
}

/// One submitted event: its decoded form, and the line to keep if it is rejected.
package struct Submission {
    /// The event; why it is rejected where the line is no event.
    package private(set) var draft: Result<EventDraft, Rejection>
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

    /// Fills in what the event lacks, as `EventDraft.fillingIn` does; a line that is no event stays as it is.
    ///
    /// The line that a rejection keeps stays the original one.
    package mutating func fillIn(eventID: EventID?, correlationID: String?, actor: String?) {
        draft = draft.flatMap { draft in
            Result { () throws(Rejection) in
                try draft.fillingIn(eventID: eventID, correlationID: correlationID, actor: actor)
            }
        }
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

extension ArraySlice<Submission> {
    /// Bytes that the events take in a frame if each stores its id; throws the first rejection of one that could not be
    /// read.
    func framedByteCount() throws(AppendError) -> Int {
        var byteCount = 0
        for index in indices {
            switch self[index].draft {
            case .success(let draft): byteCount += EventRecord.framedByteCount(draft.body, .stored)
            case .failure(let rejection): throw .rejected(rejection)
            }
        }
        return byteCount
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

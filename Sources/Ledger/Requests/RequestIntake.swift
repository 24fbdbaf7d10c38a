/// Appends the requests of a ledger that is open for writing.
///
/// It does so between two commits, on the thread that commits. It reports problems on a thread of its own, because
/// whoever receives them may block.
final class RequestIntake: Sendable {
    private struct State {
        /// Nil where the folder could not be opened.
        var inbox: RequestInbox<PosixStorage>?
        /// The last fault that was reported, so that one that lasts is reported once.
        var reportedFault: LedgerError?
        /// Those that the thread has not reported yet.
        var problems: [String] = []
    }

    private let storage: PosixStorage
    private let clock: LedgerClock
    private let report: @Sendable (String) -> Void
    private let state = Lock(State())
    private let reporting = BackgroundTask()

    init(_ storage: PosixStorage, _ clock: LedgerClock, report: @escaping @Sendable (String) -> Void) {
        self.storage = storage
        self.clock = clock
        self.report = report
    }

    /// Starts the thread, which lives until `close`.
    func start() {
        reporting.start {
            var isOpen = true
            while isOpen {
                isOpen = self.reporting.wait()
                for problem in self.takeProblems() { self.report(problem) }
            }
        }
    }

    /// Ends the thread when everything is reported; a second call does nothing.
    func close() { reporting.close() }

    /// Appends requests, and returns whether there were any.
    func take(_ requests: AwaitedRequests, into core: inout LedgerCore<PosixStorage>) -> Bool {
        state.withLock { state in
            var problems: [String] = []
            defer {
                if !problems.isEmpty {
                    state.problems += problems
                    reporting.wake()
                }
            }
            do throws(LedgerError) {
                func append(_ line: EventLine) -> AppendOutcome { core.append(line) }
                func report(_ problem: String) { problems.append(problem) }
                switch requests {
                case .new: return try state.inbox?.takeNew(append: append, report: report) ?? 0 > 0
                case .all:
                    // Somebody may have moved or removed the folder.
                    state.inbox = nil
                    let folder = try storage.makeSharedDirectory(RequestFile.folder)
                    var inbox = RequestInbox(folder, clock: clock)
                    defer { state.inbox = inbox }
                    let count = try inbox.takeAll(append: append, report: report)
                    state.reportedFault = nil
                    return count > 0
                }
            } catch {
                // On a full disk the folder is made later. If the ledger's directory is gone, the next append says so.
                if error.isDiskFull || error.isMissingFile { return false }
                // A writer that stopped here could not record the fills that a venue reports.
                if error != state.reportedFault { problems.append("requests are not taken: \(error)") }
                state.reportedFault = error
                return false
            }
        }
    }

    private func takeProblems() -> [String] {
        state.withLock { state in
            defer { state.problems = [] }
            return state.problems
        }
    }
}

extension LedgerCore {
    /// Appends the event of a line by itself.
    package mutating func append(_ line: EventLine) -> AppendOutcome {
        let request = AppendRequest([Submission(line)], .each, .none)
        commit(CollectionOfOne(request))
        return request.answers.outcomes[0]
    }
}

/// Appends the requests of a ledger that is open: all of them when it is opened, and new ones twice a second.
///
/// A thread of its own, so that a commit costs nothing more, and a writer without events of its own takes requests too.
final class RequestThread: Sendable {
    private let storage: PosixStorage
    private let clock: LedgerClock
    private let commitThread: CommitThread<PosixStorage>
    private let report: @Sendable (String) -> Void
    private let task = BackgroundTask()
    /// The last fault that was reported, so that one that lasts is reported once.
    private let reportedFault = Lock<LedgerError?>(nil)

    /// So that a request is durable within a second, with time for the flush.
    private static let intervalMilliseconds = 500

    init(
        _ storage: PosixStorage,
        _ clock: LedgerClock,
        _ commitThread: CommitThread<PosixStorage>,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.storage = storage
        self.clock = clock
        self.commitThread = commitThread
        self.report = report
    }

    /// Appends the requests that wait, and starts the thread, which lives until `close`.
    func start() {
        takeAll()
        task.start {
            while self.task.wait(milliseconds: Self.intervalMilliseconds) { self.takeAll() }
        }
    }

    /// Ends the thread when its current step is done.
    ///
    /// A second call does nothing.
    func close() { task.close() }

    private func takeAll() {
        do throws(LedgerError) {
            let folder = try storage.makeSharedDirectory(RequestFile.folder)
            try RequestInbox(folder, clock: clock).takeAll(append: append, report: report)
            reportedFault.withLock { $0 = nil }
        } catch {
            // On a full disk the folder is made later. If the ledger's directory is gone, the next append says so.
            guard !error.isDiskFull && !error.isMissingFile else { return }
            let isNew = reportedFault.withLock { reported in
                defer { reported = error }
                return reported != error
            }
            // A writer that stopped here could not record the fills that a venue reports.
            if isNew { report("requests are not taken: \(error)") }
        }
    }

    private func append(_ line: EventLine) -> AppendOutcome {
        let request = AppendRequest([Submission(line)], .each, .thread(Semaphore()))
        guard commitThread.submit(request) else { return .failure(.failed(.closed)) }
        request.wait()
        return request.answers.outcomes[0]
    }
}

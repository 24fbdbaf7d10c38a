/// Appends the requests of a ledger that is open for writing.
///
/// It does so between two commits, on the thread that commits.
final class RequestIntake: Sendable {
    private struct State {
        /// Nil where the folder could not be opened.
        var inbox: RequestInbox<PosixStorage>?
        /// The last fault that was reported, so that one that lasts is reported once.
        var reportedFault: LedgerError?
    }

    private let storage: PosixStorage
    private let clock: LedgerClock
    private let report: @Sendable (String) -> Void
    private let state = Lock(State())

    init(_ storage: PosixStorage, _ clock: LedgerClock, report: @escaping @Sendable (String) -> Void) {
        self.storage = storage
        self.clock = clock
        self.report = report
    }

    /// Appends requests, and returns whether there were any.
    func take(_ requests: AwaitedRequests, into core: inout LedgerCore<PosixStorage>) -> Bool {
        state.withLock { state in
            do throws(LedgerError) {
                func append(_ line: EventLine) -> AppendOutcome { core.append(line) }
                switch requests {
                case .new: return try state.inbox?.takeNew(append: append, report: report) ?? 0 > 0
                case .all:
                    // Somebody may have moved or removed the folder.
                    state.inbox = nil
                    let folder = try storage.makeSharedDirectory(RequestFile.folder)
                    var inbox = RequestInbox(folder, clock: clock)
                    let count = try inbox.takeAll(append: append, report: report)
                    state.inbox = inbox
                    state.reportedFault = nil
                    return count > 0
                }
            } catch {
                // On a full disk the folder is made later. If the ledger's directory is gone, the next append says so.
                if error.isDiskFull || error.isMissingFile { return false }
                // A writer that stopped here could not record the fills that a venue reports.
                if error != state.reportedFault { report("requests are not taken: \(error)") }
                state.reportedFault = error
                return false
            }
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

internal import CLedgerShims
public import TradeModel

/// A ledger that is open for writing: accepts events, acknowledges them once they are durable, and knows which trades
/// are open.
///
/// One process at a time writes to a ledger; within it any number of threads and tasks may append, and share flushes.
/// Acknowledged events survive every crash of the process and of the machine, provided that the disk honours a flush.
///
/// On a full disk events are rejected with `disk_full`: what increases risk, flows and prices as soon as there is no
/// space for another segment, the others once the last one is full. Once there is space again, the same object
/// continues. A limit of file sizes (`RLIMIT_FSIZE`) counts as a full disk where the program ignores `SIGXFSZ`; it
/// would end the process otherwise.
///
/// While it is open, it appends the halts and corrections that people request with `tradeledger halt` and the like:
/// those that wait are appended before `init` returns, and new ones before the next event, or within a second if there
/// is none.
public final class Ledger: Sendable {
    /// The directory of the ledger.
    public let directory: String
    /// The ledger's own id, for its life.
    public let ledgerID: EventID
    /// What opening found and did.
    public let recovery: RecoveryReport
    private let commitThread: CommitThread<PosixStorage>
    private let maintenanceThreads: MaintenanceThreads<PosixStorage>
    private let intake: RequestIntake
    private let storage: PosixStorage
    private let requests = RequestPool()
    /// Created when a caller first waits for the database.
    private let replicationWatch = Lock<ReplicationWatch?>(nil)
    private let forkGeneration = ledger_fork_generation()

    /// Creates a ledger in an existing directory that does not hold one, and returns its id.
    @discardableResult
    public static func create(
        in directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        clock: LedgerClock = .system
    ) throws(LedgerError) -> EventID {
        let storage = PosixStorage(directory: directory)
        let ledgerID = EventID.version7(at: try clock.recordingTime(), random: clock.random())
        try LedgerLayout.create(storage, ledgerID: ledgerID, configuration: configuration, clock: clock)
        return ledgerID
    }

    /// Gives a ledger a name, durable when this returns; a writer that holds the ledger goes on.
    ///
    /// Throws `notALedger`, `invalidRequest` for a backup, and faults of the file system.
    public static func rename(_ directory: String, to name: LedgerName) throws(LedgerError) {
        let reader = try LedgerReader(opening: directory)
        try BackupMarker.checkAbsent(reader.log.storage)
        try name.write(to: reader.log.storage)
    }

    /// Opens a ledger for writing.
    ///
    /// Reads the newest snapshot and the log after it, or the whole log where there is none: O(events after it).
    ///
    /// `onRequestProblem` receives, on any thread, one line about a file in `requests/` that is not a request, or about
    /// a fault that keeps requests from being taken.
    ///
    /// Throws `heldByAnotherWriter`, `notALedger`, `damaged` where acknowledged events are not whole, and faults of the
    /// file system.
    public init(
        opening directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        clock: LedgerClock = .system,
        onRequestProblem: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(LedgerError) {
        let storage = PosixStorage(directory: directory)
        var core = try LedgerCore(opening: storage, configuration, clock)
        let intake = RequestIntake(storage, clock, report: onRequestProblem)
        _ = intake.take(.all, into: &core)
        self.directory = directory
        self.storage = storage
        ledgerID = core.ledgerID
        recovery = core.recovery
        let maintenanceThreads = MaintenanceThreads(
            for: core,
            sealedBlockByteCount: configuration.sealedBlockByteCount
        )
        self.maintenanceThreads = maintenanceThreads
        commitThread = CommitThread(
            core,
            idleMilliseconds: configuration.idleMilliseconds,
            takingFirst: { intake.take($0, into: &$1) },
            onProgress: { maintenanceThreads.note($0) }
        )
        self.intake = intake
        intake.start()
        maintenanceThreads.start()
        commitThread.start()
    }

    deinit { close() }

    /// Appends one event and returns when it is durable, or at once if it is already on record.
    ///
    /// Allocates nothing in the steady state.
    public func append(_ draft: EventDraft) throws(AppendError) -> Receipt {
        if let refusal { throw .failed(refusal) }
        let request = requests.take()
        defer { requests.give(back: request) }
        request.add(CollectionOfOne(draft))
        commitThread.perform(request)
        return try request.answers.firstReceipt()
    }

    /// Appends one event and returns when it is durable, without blocking a thread.
    public func append(_ draft: EventDraft) async throws(AppendError) -> Receipt {
        try await submit([Submission(draft)]).firstReceipt()
    }

    /// Appends events atomically: if one is rejected, none is appended.
    ///
    /// They must fit into one frame (`LedgerConfiguration.framePayloadByteCountMax`).
    public func append(batch drafts: [EventDraft]) throws(AppendError) -> [Receipt] {
        if let refusal { throw .failed(refusal) }
        let request = requests.take()
        defer { requests.give(back: request) }
        request.add(drafts)
        commitThread.perform(request)
        return try request.answers.receipts()
    }

    /// Appends events atomically, without blocking a thread.
    public func append(batch drafts: [EventDraft]) async throws(AppendError) -> [Receipt] {
        try await submit(drafts.map { Submission($0) }).receipts()
    }

    /// Appends events given as lines of JSON, each independently, and returns the outcomes in order.
    public func append(lines: [EventLine]) -> [AppendOutcome] {
        submit(lines: lines).outcomes()
    }

    /// Decodes lines of JSON on this thread and submits the events, each independently, without waiting for the disk.
    ///
    /// Submitted events are appended in order. A caller that decodes the next lines before it asks for these outcomes
    /// keeps two processors busy.
    public func submit(lines: [EventLine]) -> PendingAppend {
        let request = AppendRequest(lines.map { Submission($0) }, .each, .thread(Semaphore()))
        submit(request)
        return PendingAppend(request)
    }

    /// Submits events, each independently, without waiting for the disk or for another thread.
    ///
    /// `onSettled` receives the answers once the events are durable or rejected: on the commit thread, request by
    /// request in the order of submission. If the ledger is closed, it receives them on this thread, before this
    /// returns. It holds up all other appends, so it only passes the answers on. It must not call the ledger, and must
    /// not keep it alive.
    package func submit(_ submissions: [Submission], onSettled: @escaping @Sendable (Answers) -> Void) {
        submit(AppendRequest(submissions, .each, .callback(onSettled)))
    }

    /// Waits until the database holds everything up to a sequence, and returns its last replicated sequence.
    ///
    /// For callers that need an event on a second machine before they continue: `tradeledger replicate` ships it there
    /// and reports each COMMIT. If that does not happen within `duration`, the result is less than the sequence: the
    /// event is durable here but not there yet, and it is safe to continue. If the database was lost or rolled back,
    /// its earlier progress counts until the replicator notices. Throws faults of the file system.
    public func replicatedSequence(
        waitingFor sequence: UInt64,
        within duration: Duration
    ) throws(LedgerError) -> UInt64 {
        try openedReplicationWatch().replicatedSequence(waitingFor: sequence, within: duration)
    }

    /// Waits until the database holds everything up to a sequence, without blocking a thread.
    public func replicatedSequence(
        waitingFor sequence: UInt64,
        within duration: Duration
    ) async throws(LedgerError) -> UInt64 {
        let watch = try openedReplicationWatch()
        let answer = await withCheckedContinuation { continuation in
            watch.wait(for: sequence, within: duration) { continuation.resume(returning: $0) }
        }
        return try answer.get()
    }

    /// The sequence of the last durable event, 0 where there is none.
    public var durableSequence: UInt64 {
        get throws(LedgerError) {
            try ask { (core: inout LedgerCore) throws(LedgerError) in core.durableSequence }
        }
    }

    /// The trades that are open, by id, in no particular order.
    public func openTrades() throws(LedgerError) -> [(id: String, trade: Trade)] {
        let trades = try ask { (core: inout LedgerCore) throws(LedgerError) in try core.openTrades() }
        return trades.map { (id: String(decoding: $0.id, as: UTF8.self), trade: $0.trade) }
    }

    /// A trade, open, closed or voided; nil where there is none of that id.
    public func trade(_ id: String) throws(LedgerError) -> Trade? {
        try ask { (core: inout LedgerCore) throws(LedgerError) in try core.trade(Array(id.utf8)) }
    }

    /// Reports each commit from now on, also those that appended nothing; called at most once.
    ///
    /// The report comes after the commit's requests are settled: on the committing thread, which may be that of a
    /// caller, and in the order of commits. It holds up all other appends, so it must be short, and must not call the
    /// ledger. Commits before this returns may not be reported: whoever follows the log begins at the `durableSequence`
    /// that it reads afterwards.
    package func observeCommits(_ observer: CommitObserver) throws(LedgerError) {
        if let refusal { throw refusal }
        try commitThread.observe(observer)
    }

    /// Shows that the disk still makes events durable: writes to the log and flushes it, on this thread, and returns
    /// when the flush is complete.
    ///
    /// The log does not change and does not grow, however often this is called. Waits for a commit under way.
    ///
    /// Throws what the write or the flush threw, after which the ledger must be opened again, as after a failed append;
    /// and why an earlier one failed, or that the ledger is closed.
    package func testFlush() throws(LedgerError) {
        try ask { (core: inout LedgerCore) throws(LedgerError) in try core.testFlush() }
    }

    /// Why background work (the next segment, the Merkle tree, snapshots) has stopped.
    ///
    /// Nil where all is well.
    public var backgroundFault: LedgerError? { refusal ?? maintenanceThreads.fault }

    /// Commits what is queued, records on disk that the log is durable, and releases the lock.
    ///
    /// Later appends are refused.
    public func close() {
        guard forkGeneration == ledger_fork_generation() else { return }
        // Before the lock is released: afterwards nothing here may touch a file of another writer.
        maintenanceThreads.close()
        commitThread.close()
        intake.close()
    }

    private func openedReplicationWatch() throws(LedgerError) -> ReplicationWatch {
        if let refusal { throw refusal }
        return try replicationWatch.withLock { (watch) throws(LedgerError) in
            if let watch { return watch }
            let opened = try ReplicationWatch(storage)
            watch = opened
            return opened
        }
    }

    private func ask<Answer: Sendable>(
        _ question: (inout LedgerCore<PosixStorage>) throws(LedgerError) -> Answer
    ) throws(LedgerError) -> Answer {
        if let refusal { throw refusal }
        return try commitThread.ask(question)
    }

    private func submit(_ request: AppendRequest) {
        if let refusal {
            request.settle(refusal)
        } else if !commitThread.submit(request) {
            request.settle(.closed)
        }
    }

    /// Commits events atomically.
    private func submit(_ submissions: [Submission]) async throws(AppendError) -> Answers {
        if let refusal { throw .failed(refusal) }
        return await withCheckedContinuation { continuation in
            let request = AppendRequest(submissions, .all, .task(continuation))
            if !commitThread.submit(request) { request.settle(.closed) }
        }
    }

    /// A forked child has neither the commit thread nor the file lock, and a mutex may stay locked there for ever.
    private var refusal: LedgerError? {
        guard forkGeneration != ledger_fork_generation() else { return nil }
        return LedgerError(
            .unusable,
            "this process was forked from the one that opened \(directory)",
            remedy: "open ledgers after forking, or append in the parent"
        )
    }
}

/// Events that were submitted and may not be durable yet.
public struct PendingAppend: ~Copyable, Sendable {
    private let request: AppendRequest

    init(_ request: AppendRequest) {
        self.request = request
    }

    /// Waits until the events are durable or rejected, and returns their outcomes in order.
    public consuming func outcomes() -> [AppendOutcome] {
        request.wait()
        return request.answers.outcomes
    }
}

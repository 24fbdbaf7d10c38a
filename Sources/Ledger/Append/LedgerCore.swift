package import TradeModel

/// One open ledger without its threads: accepts events, makes them durable, and answers which trades are open.
///
/// Its holder has exclusive access.
package struct LedgerCore<S: Storage>: ~Copyable {
    package let ledgerID: EventID
    package let recovery: RecoveryReport
    /// The next segment, which another thread preallocates.
    package let preallocated: PreallocatedSegment<S>
    /// The index runs, which another thread builds in the background.
    let identities: SharedRunSet<S>
    /// The segments that maintenance is to take in.
    let finishedSegments: FinishedSegments
    /// The last event of the snapshot that opening began with; 0 where there was none.
    private let snapshotSequence: UInt64
    private let storage: S
    private let configuration: LedgerConfiguration
    private let clock: LedgerClock
    private let lock: WriterLock<S>
    private var admission: Admission<S>
    private var writer: SegmentWriter<S>
    private var rejected: DeadLetterLog<S>
    private var lookup: EventLookup<S>
    /// Why there is no space for a next segment: the rest of the last one is then reserved for events that end trades.
    private var shortage: LedgerError?
    /// Set if the database holds events that the log does not: no new event is accepted then.
    private var aheadMarker: DatabaseAheadMarker?
    /// Set once a write or flush failed: what the files hold is unknown, and a retry would prove nothing.
    private var poison: LedgerError?
    /// When the ledger was last confirmed to be where it was opened.
    private var seenInPlaceAt: Timestamp
    /// Learns of each commit; without one no clock is read for it.
    package var observer: CommitObserver? {
        didSet { writer.nanoseconds = observer?.nanoseconds }
    }

    /// Opens a ledger for writing: takes the lock, reads the log after the newest snapshot, and repairs its tail.
    package init(opening storage: S, _ configuration: LedgerConfiguration, _ clock: LedgerClock) throws(LedgerError) {
        do throws(LedgerError) { try self.init(storage, configuration, clock) } catch {
            throw error.explained(by: storage)
        }
    }

    private init(_ storage: S, _ configuration: LedgerConfiguration, _ clock: LedgerClock) throws(LedgerError) {
        // Checked first, because a directory without a ledger has no lock file.
        _ = try SegmentCatalog(storage)
        let lock = try WriterLock(storage)
        // A writer that was killed after a rename leaves names that a power cut could still undo, and every event
        // appended from here on with them.
        try storage.synchronizeDirectory()
        let evidencePrefix = "torn-\(clock.now().microsecondsSince1970)"
        let replay = try LogReplay(storage, clock: clock)
        let scan = replay.scan
        let tail = try TailRecovery(storage, scan, durableWatermark: try DurableWatermark.read(storage))
        var recovery = try tail.mend { "\(evidencePrefix)-\(scan.name)-\($0)" }
        var rejected = try DeadLetterLog(
            storage,
            scan.header.ledgerID,
            reserveByteCount: configuration.rejectedReserveByteCount
        ) { "\(evidencePrefix)-\(DeadLetterLog<S>.fileName)-\($0)" }
        recovery.tornWrites += rejected.recovery.tornWrites
        let preallocated = PreallocatedSegment(storage, byteCount: configuration.segmentByteCount)
        // Continues with what the log itself asserts, because the durable watermark may not survive a power cut.
        var writer = try SegmentWriter(
            storage,
            continuing: scan,
            preallocated: preallocated,
            configuration: configuration,
            clock: clock
        )
        // If opening is refused, nothing is noted and the directory stays unchanged.
        try lock.noteHeld()
        try writer.assertDurable()
        try writer.publish()
        try lock.notePublished()
        let shortage = try preallocated.secure()
        if shortage == nil { try rejected.secure() }

        ledgerID = scan.header.ledgerID
        self.recovery = recovery
        self.preallocated = preallocated
        identities = SharedRunSet(replay.runSet)
        finishedSegments = replay.finishedSegments
        snapshotSequence = replay.snapshotSequence
        self.storage = storage
        self.configuration = configuration
        self.clock = clock
        self.lock = lock
        admission = replay.admission
        self.writer = writer
        self.rejected = rejected
        lookup = replay.lookup
        self.shortage = shortage
        seenInPlaceAt = clock.now()
    }

    package var durableSequence: UInt64 { writer.durableSequence }
    /// How many identities the memory has room for: those of the events that no run covers yet.
    package var identitySlotCount: Int { admission.identitySlotCount }
    /// The last event whose identities are in a run.
    package var coveredSequence: UInt64 { admission.coveredSequence }
    var rollCount: Int { writer.rollCount }

    /// What background work begins with.
    var opening: OpenedLog<S> {
        OpenedLog(
            storage: storage,
            ledgerID: ledgerID,
            preallocated: preallocated,
            identities: identities,
            finishedSegments: finishedSegments,
            snapshotSequence: snapshotSequence,
            durableSequence: durableSequence
        )
    }

    /// The trades that are open.
    ///
    /// Throws once a flush has failed, because the fold may then hold events that are not durable.
    package func openTrades() throws(LedgerError) -> [(id: [UInt8], trade: Trade)] {
        if let poison { throw poison }
        return admission.subjects.openTrades.all
    }

    /// The state of a trade, open or not; nil where there is none of that id.
    package mutating func trade(_ id: [UInt8]) throws(LedgerError) -> Trade? {
        if let poison { throw poison }
        return try admission.trade(id[...]) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
    }

    /// Takes what people requested, then processes producers' requests, if there are any; where the log rests, records
    /// on disk that it is durable.
    ///
    /// `queuedAt` is when the oldest request came, for the observer. Returns the last durable event, and whether a
    /// segment was begun.
    mutating func commit(
        _ requests: some Collection<AppendRequest>,
        queuedAt: UInt64?,
        isResting: Bool,
        takingFirst takeAwaited: (inout Self) -> Void
    ) -> (durableSequence: UInt64, hasRolled: Bool) {
        let rollCount = rollCount
        takeAwaited(&self)
        if !requests.isEmpty { commit(requests, queuedAt: queuedAt) }
        if isResting {
            // A failure poisons the core, and the next append reports it; no caller waits for this.
            do throws(LedgerError) { try assertDurable() } catch {}
        }
        return (durableSequence, rollCount != self.rollCount)
    }

    /// Processes the requests of one group commit in order.
    ///
    /// When it returns, everything answered is durable, and the observer knows of it.
    package mutating func commit(_ requests: some Collection<AppendRequest>, queuedAt: UInt64? = nil) {
        var observed = observer.map {
            ObservedCommit($0, requests, queuedAt: queuedAt, durableSequence: durableSequence, writer.effort)
        }
        // All share one timestamp: they become durable together, and reading the clock is a large part of an event's
        // cost.
        let now: Timestamp
        do throws(LedgerError) { now = try clock.recordingTime() } catch {
            for request in requests { request.settle(error) }
            return
        }
        writer.refreshLimit()
        if poison == nil { lookAround(at: now) }
        if poison == nil { secureSpace() }
        refreshLead()
        admission.adopt(identities.runSet)
        var kept: [RejectedEvent] = []
        for request in requests {
            let submissions = request.submissions
            request.answer { answers in
                answers.begin(admission.nextReceipts(at: now))
                switch request.atomicity {
                case .each: admitOneByOne(submissions, at: now, &answers, &kept)
                case .all: _ = admitTogether(submissions[...], at: now, &answers, &kept)
                }
            }
        }
        observed?.endAdmission(writer.effort)
        do throws(LedgerError) {
            let unkept = try flush(kept)
            for request in requests { request.settle(nil, unkept: unkept) }
        } catch {
            for request in requests { request.settle(error) }
        }
        observed?.end(durableSequence: durableSequence, writer.effort)
    }

    /// Records on disk that the last frames are durable, since no later frame does so yet.
    package mutating func assertDurable() throws(LedgerError) {
        if let poison { throw poison }
        writer.refreshLimit()
        secureSpace()
        do {
            try checkInPlace()
            let (rollCount, endChecksum) = (writer.rollCount, writer.lastChecksum)
            try writer.assertDurable()
            if writer.rollCount != rollCount { handOver(endChecksum) }
            try rejected.assertDurable()
        } catch {
            throw poisoned(error)
        }
    }

    /// Writes to the log and flushes it without changing it; a failure poisons the core as one of an append does.
    package mutating func testFlush() throws(LedgerError) {
        if let poison { throw poison }
        writer.refreshLimit()
        do throws(LedgerError) {
            try checkInPlace()
            try writer.testFlush()
        } catch {
            throw poisoned(error)
        }
    }

    /// Records that the writer has closed, unless the disk's contents are unknown; this is the last step.
    package func close() {
        guard poison == nil else { return }
        // Without the note, a copy of the directory only looks as if a writer had been active during the copy.
        do throws(LedgerError) { try lock.noteClosed() } catch {}
    }

    /// Admits each event of a request by itself, up to the first I/O failure, and records the answers.
    ///
    /// Later events wait until the producer sends both again: a close admitted before its reduce would make the reduce
    /// break a rule for ever.
    private mutating func admitOneByOne(
        _ submissions: [Submission],
        at time: Timestamp,
        _ answers: inout Answers,
        _ kept: inout [RejectedEvent]
    ) {
        var failure: AppendError?
        for index in submissions.indices {
            if let failure {
                answers.append(.failure(failure))
            } else {
                failure = admitTogether(submissions[index...index], at: time, &answers, &kept)
            }
        }
    }

    /// Admits events atomically, and records the answers.
    ///
    /// Returns the I/O failure, if there was one.
    private mutating func admitTogether(
        _ submissions: ArraySlice<Submission>,
        at time: Timestamp,
        _ answers: inout Answers,
        _ kept: inout [RejectedEvent]
    ) -> AppendError? {
        do throws(AppendError) {
            if let poison { throw .failed(poison) }
            let noRoom = try makeRoom(try submissions.framedByteCount())
            let mayBeRefused = noRoom != nil || shortage != nil || aheadMarker != nil
            admission.begin(at: time, submissions.count > 1 || mayBeRefused ? .possible : .neverNeeded)
            for index in submissions.indices {
                guard case .success(let draft) = submissions[index].draft else {
                    preconditionFailure("the drafts were checked before")
                }
                let receipt = try admission.admit(draft) { (sequence) throws(LedgerError) in
                    try lookup.event(at: sequence)
                }
                answers.append(receipt.map { .success($0) })
            }
            if mayBeRefused, let rejection = refusal(noRoom) {
                admission.takeBack()
                throw .rejected(rejection)
            }
        } catch {
            answers.removeAll(from: submissions.startIndex)
            for submission in submissions {
                if case .rejected(let rejection) = error {
                    kept.append(RejectedEvent(rejectedAt: time, rejection: rejection, line: submission.line))
                }
                answers.append(.failure(error))
            }
            if case .failed = error { return error }
        }
        return nil
    }

    /// Why valid events are refused: the disk is full, or the database is ahead; nil if neither is the case, or none of
    /// the events is new.
    ///
    /// While there is no space for a next segment, the rest of this one is reserved for events that do not enter a
    /// position.
    private func refusal(_ noRoom: LedgerError?) -> Rejection? {
        let types = admission.admittedTypes
        guard !types.isEmpty else { return nil }
        let fullDisk = noRoom ?? (types.contains { !$0.usesReserve } ? shortage : nil)
        return fullDisk.map(Rejection.diskFull) ?? aheadMarker.map { Rejection(.ledgerBehindDatabase, $0.message) }
    }

    /// Looks for the replicator's database-ahead marker; if it cannot be read, the last answer stands.
    private mutating func refreshLead() {
        do throws(LedgerError) { aheadMarker = try DatabaseAheadMarker.read(storage) } catch {}
    }

    /// Makes room in the frame for the given number of bytes; returns the reason if the disk is full.
    private mutating func makeRoom(_ byteCount: Int) throws(AppendError) -> LedgerError? {
        guard byteCount <= configuration.framePayloadByteCountMax else {
            throw .failed(
                LedgerError(
                    .invalidRequest,
                    "a batch of \(byteCount) bytes; at most \(configuration.framePayloadByteCountMax) are taken as one",
                    remedy: "append it in smaller batches"
                )
            )
        }
        guard !writer.hasRoom(payloadByteCount: admission.frame.payloadByteCount + byteCount) else { return nil }
        guard writer.canHold(payloadByteCount: byteCount) else { return .fileSizeLimit(writer.usableByteCount) }
        do throws(LedgerError) {
            try flushFrame()
            if writer.hasRoom(payloadByteCount: byteCount) { return nil }
            // The space was checked when the commit began.
            if let shortage { return shortage }
            try checkInPlace()
            let endChecksum = writer.lastChecksum
            if let shortage = try writer.roll() { return shortage }
            handOver(endChecksum)
            secureSpace()
            return nil
        } catch {
            throw .failed(poisoned(error))
        }
    }

    /// Hands the segment that was just finished over to maintenance.
    private mutating func handOver(_ endChecksum: UInt32) {
        finishedSegments.append(admission.finishSegment(endChecksum: endChecksum))
    }

    /// Checks that the ledger is still where it was opened, unless that was checked a moment ago.
    ///
    /// Runs before events are admitted, and so rarely that it does not slow down appends.
    private mutating func lookAround(at time: Timestamp) {
        let age = time.microsecondsSince1970 - seenInPlaceAt.microsecondsSince1970
        // The clock may have been set back.
        guard age < 0 || age >= Self.inPlaceMicroseconds else { return }
        seenInPlaceAt = time
        do throws(LedgerError) { try checkInPlace() } catch { _ = poisoned(error) }
    }

    private static var inPlaceMicroseconds: Int64 { 10_000 }

    /// Throws if the directory, the lock file or the active segment was moved, removed or replaced.
    private func checkInPlace() throws(LedgerError) {
        try writer.checkInPlace()
        try lock.checkInPlace()
    }

    /// Reserves the space needed once the disk is full: first for the next segment, then for rejected events.
    private mutating func secureSpace() {
        do throws(LedgerError) {
            shortage = try preallocated.secure()
            if shortage == nil { try rejected.secure() }
        } catch {
            // The next write reports any fault other than a full disk.
            shortage = nil
        }
    }

    /// Makes admitted events durable, and keeps rejected ones as far as the disk has room.
    private mutating func flush(_ kept: [RejectedEvent]) throws(LedgerError) -> UnkeptRejections {
        if let poison { throw poison }
        do throws(LedgerError) {
            try flushFrame()
            return try keep(kept)
        } catch {
            throw poisoned(error)
        }
    }

    /// Keeps rejected events.
    ///
    /// Those rejected with `disk_full` use reserved space only, because any other free space is needed for the next
    /// segment.
    private mutating func keep(_ events: [RejectedEvent]) throws(LedgerError) -> UnkeptRejections {
        if events.isEmpty { return .none }
        let begunAt = writer.nanoseconds?()
        defer { writer.addFlush(since: begunAt) }
        if try rejected.append(events, mayGrow: shortage == nil) { return .none }
        let others = events.filter { $0.code != RejectionCode.diskFull.rawValue }
        if others.isEmpty { return .forWantOfSpace }
        return try rejected.append(others, mayGrow: true) ? .forWantOfSpace : .all
    }

    private mutating func flushFrame() throws(LedgerError) {
        guard admission.frame.count > 0 else { return }
        let (position, first) = (writer.position, writer.durableSequence + 1)
        try admission.flushFrame(to: &writer)
        lookup.index.note(firstSequence: first, at: position)
    }

    private mutating func poisoned(_ error: LedgerError) -> LedgerError {
        if let poison { return poison }
        let error = cause(of: error)
        let reason = LedgerError(
            .unusable,
            "\(error.message); the ledger accepts no more events, because what the disk holds is unknown",
            remedy: "\(error.remedy); then open the ledger again, which verifies what is there"
        )
        poison = reason
        return reason
    }

    /// The removal of the directory if that caused the failure, otherwise the error itself.
    private func cause(of failure: LedgerError) -> LedgerError {
        do throws(LedgerError) {
            return try storage.displacement() == .removed ? .removedDirectory(storage.directory) : failure
        } catch {
            return failure
        }
    }
}

extension Rejection {
    static func diskFull(_ error: LedgerError) -> Rejection {
        Rejection(.diskFull, "\(error.message); make room and send the event again")
    }
}

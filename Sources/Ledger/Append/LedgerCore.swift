package import TradeModel

/// One open ledger without its threads: takes events in, makes them durable, answers what is open.
///
/// Whoever holds it is alone with it.
package struct LedgerCore<S: Storage>: ~Copyable {
    package let ledgerID: EventID
    package let recovery: RecoveryReport
    /// The segment to come, which another thread makes ahead of time.
    package let preallocated: PreallocatedSegment<S>
    /// The index runs, which another thread makes behind the log.
    package let identities: SharedRunSet<S>
    private let storage: S
    private let configuration: LedgerConfiguration
    private let clock: LedgerClock
    private let lock: WriterLock<S>
    private var admission: Admission<S>
    private var writer: SegmentWriter<S>
    private var rejected: DeadLetterLog<S>
    private var lookup: EventLookup<S>
    /// Why there is no space for a next segment: what the last one has left is then for ending trades.
    private var shortage: LedgerError?
    /// That the database holds events which the log does not: nothing new is taken then.
    private var aheadMarker: DatabaseAheadMarker?
    /// Set once a write or flush failed: what the files hold is unknown, and no second try proves anything.
    private var poison: LedgerError?
    /// When the ledger was last seen to be where it was opened.
    private var seenInPlaceAt: Timestamp

    /// Opens a ledger for writing: takes the lock, reads the log after the newest snapshot, mends its tail.
    package init(opening storage: S, _ configuration: LedgerConfiguration, _ clock: LedgerClock) throws(LedgerError) {
        // Asked first, because a directory without a ledger has no lock to take either.
        _ = try SegmentCatalog(storage)
        let lock = try WriterLock(storage)
        // A writer that was killed behind a rename leaves names that a power cut would still take back, and with them
        // every event that is appended from here on.
        do { try storage.synchronizeDirectory() } catch { throw LedgerError(error) }
        let evidencePrefix = "torn-\(clock.now().microsecondsSince1970)"
        let replay = try LogReplay(storage, clock: clock)
        let scan = replay.scan
        var recovery: RecoveryReport
        var rejected: DeadLetterLog<S>
        do throws(LedgerError) {
            let tail = try TailRecovery(storage, scan, durableWatermark: try DurableWatermark.read(storage))
            recovery = try tail.mend { "\(evidencePrefix)-\(scan.name)-\($0)" }
            rejected = try DeadLetterLog(
                storage,
                scan.header.ledgerID,
                reserveByteCount: configuration.rejectedReserveByteCount
            ) { "\(evidencePrefix)-\(DeadLetterLog<S>.fileName)-\($0)" }
        } catch {
            throw error.explained(by: storage)
        }
        recovery.tornWrites += rejected.recovery.tornWrites
        let preallocated = PreallocatedSegment(storage, byteCount: configuration.segmentByteCount)
        // Continued with what the log itself asserts: the note of the durable position may not outlive a power cut.
        var writer = try SegmentWriter(
            storage,
            continuing: scan,
            preallocated: preallocated,
            configuration: configuration,
            clock: clock
        )
        // Where opening is refused nothing is noted: the directory is then as it was.
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

    /// The trades that are open.
    ///
    /// Throws once a flush has failed, for then the fold holds what may not be durable.
    package func openTrades() throws(LedgerError) -> [[UInt8]: Trade] {
        if let poison { throw poison }
        return admission.tradeState.open.byID.mapValues(\.trade)
    }

    /// The state of a trade, open or not; nil where there is none of that id.
    package mutating func trade(_ id: [UInt8]) throws(LedgerError) -> Trade? {
        if let poison { throw poison }
        return try admission.trade(id[...]) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
    }

    /// Takes in the requests of one group commit, in order.
    ///
    /// When it returns, everything answered is durable.
    package mutating func commit(_ requests: some Collection<AppendRequest>) {
        // One time for all: they become durable together, and a clock costs as much as a good part of an event.
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
            switch request.atomicity {
            case .each: admitEach(of: request, at: now, &kept)
            case .all: _ = admit(request.submissions.indices, of: request, at: now, &kept)
            }
        }
        do throws(LedgerError) {
            let unkept = try flush(kept)
            for request in requests { request.settle(nil, unkept: unkept) }
        } catch {
            for request in requests { request.settle(error) }
        }
    }

    /// Vouches on disk for the last frames, which have no successors yet.
    package mutating func assertDurable() throws(LedgerError) {
        if let poison { throw poison }
        writer.refreshLimit()
        secureSpace()
        do {
            try checkInPlace()
            try writer.assertDurable()
            try rejected.assertDurable()
        } catch {
            throw poisoned(error)
        }
    }

    /// Notes that nobody writes any more, unless it is unknown what the disk holds; the last thing that is done.
    package func close() {
        guard poison == nil else { return }
        // Without the note a copy of the directory looks like one that was made beside a writer, no worse.
        do throws(LedgerError) { try lock.noteClosed() } catch {}
    }

    /// Admits each event of a request by itself, up to the first that the machine failed, and answers.
    ///
    /// An event after that one waits for its producer to send both again: a close that came in before a reduce would
    /// make the reduce break a rule for ever.
    private mutating func admitEach(of request: AppendRequest, at time: Timestamp, _ kept: inout [RejectedEvent]) {
        var failure: AppendError?
        for index in request.submissions.indices {
            if let failure {
                request.answer(.failure(failure))
            } else {
                failure = admit(index..<(index + 1), of: request, at: time, &kept)
            }
        }
    }

    /// Admits events of a request that stand or fall together, and answers.
    ///
    /// Returns how the machine failed, if it did.
    private mutating func admit(
        _ range: Range<Int>,
        of request: AppendRequest,
        at time: Timestamp,
        _ kept: inout [RejectedEvent]
    ) -> AppendError? {
        do throws(AppendError) {
            if let poison { throw .failed(poison) }
            let noRoom = try makeRoom(try framedByteCount(request, range))
            let mayBeRefused = noRoom != nil || shortage != nil || aheadMarker != nil
            admission.begin(at: time, range.count > 1 || mayBeRefused ? .possible : .neverNeeded)
            for index in range { request.answer(.success(try admit(request.submissions[index].draft))) }
            if mayBeRefused, let rejection = refusal(noRoom) {
                admission.takeBack()
                throw .rejected(rejection)
            }
        } catch {
            request.takeBackAnswers(from: range.lowerBound)
            for submission in request.submissions[range] {
                if case .rejected(let rejection) = error {
                    kept.append(RejectedEvent(rejectedAt: time, rejection: rejection, line: submission.line))
                }
                request.answer(.failure(error))
            }
            if case .failed = error { return error }
        }
        return nil
    }

    private mutating func admit(_ draft: Result<EventDraft, Rejection>) throws(AppendError) -> Receipt {
        guard case .success(let draft) = draft else { preconditionFailure("the drafts were looked at") }
        return try admission.admit(draft) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
    }

    /// Bytes that the events take in a frame; throws the first rejection of one that could not be read.
    private func framedByteCount(_ request: AppendRequest, _ range: Range<Int>) throws(AppendError) -> Int {
        var byteCount = 0
        for index in range {
            switch request.submissions[index].draft {
            case .success(let draft): byteCount += EventRecord.framedByteCount(draft.body)
            case .failure(let rejection): throw .rejected(rejection)
            }
        }
        return byteCount
    }

    /// Why events that break no rule are not taken: the disk has no room, or the database is ahead; nil where neither
    /// is so, or nothing is new of them.
    ///
    /// While there is no space for a next segment, the rest of this one is for what does not enter a position.
    private func refusal(_ noRoom: LedgerError?) -> Rejection? {
        let types = admission.admittedTypes
        guard !types.isEmpty else { return nil }
        let fullDisk = noRoom ?? (types.contains(where: \.entersPosition) ? shortage : nil)
        return fullDisk.map(Rejection.diskFull) ?? aheadMarker.map { Rejection(.ledgerBehindDatabase, $0.message) }
    }

    /// Looks for the replicator's note that the database is ahead; where it cannot be asked, the last answer counts.
    private mutating func refreshLead() {
        do throws(StorageError) { aheadMarker = try DatabaseAheadMarker.read(storage) } catch {}
    }

    /// Sees to it that the frame can take so many bytes more, or returns why it cannot where the disk is full.
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
            // Whether there is space was asked when the commit began.
            if let shortage { return shortage }
            try checkInPlace()
            if let shortage = try writer.roll() { return shortage }
            secureSpace()
            return nil
        } catch {
            throw .failed(poisoned(error))
        }
    }

    /// Checks that the ledger is still where it was opened, unless that was done a moment ago.
    ///
    /// Asked before events are taken, and so rarely that no append shows it.
    private mutating func lookAround(at time: Timestamp) {
        let age = time.microsecondsSince1970 - seenInPlaceAt.microsecondsSince1970
        // The clock may have been set back.
        guard age < 0 || age >= Self.inPlaceMicroseconds else { return }
        seenInPlaceAt = time
        do throws(LedgerError) { try checkInPlace() } catch { _ = poisoned(error) }
    }

    private static var inPlaceMicroseconds: Int64 { 10_000 }

    /// Throws where somebody has moved, removed or replaced the directory, the lock file or the active segment.
    private func checkInPlace() throws(LedgerError) {
        try writer.checkInPlace()
        try lock.checkInPlace()
    }

    /// Sees to the space for what is written once the disk is full: first the next segment, then rejected events.
    private mutating func secureSpace() {
        do throws(LedgerError) {
            shortage = try preallocated.secure()
            if shortage == nil { try rejected.secure() }
        } catch {
            // Another fault than a full disk is told by the write that meets it.
            shortage = nil
        }
    }

    /// Makes durable what was admitted and keeps what was rejected, as far as the disk has room for that.
    private mutating func flush(_ kept: [RejectedEvent]) throws(LedgerError) -> UnkeptRejections {
        if let poison { throw poison }
        do throws(LedgerError) {
            try flushFrame()
            return try keep(kept)
        } catch {
            throw poisoned(error)
        }
    }

    /// Keeps rejected events; those for want of space only in space that was reserved for rejected events, because what
    /// else becomes free is for the next segment.
    private mutating func keep(_ events: [RejectedEvent]) throws(LedgerError) -> UnkeptRejections {
        if events.isEmpty { return .none }
        if try rejected.append(events, mayGrow: shortage == nil) { return .none }
        let others = events.filter { $0.code != RejectionCode.diskFull.rawValue }
        if others.isEmpty { return .forWantOfSpace }
        return try rejected.append(others, mayGrow: true) ? .forWantOfSpace : .all
    }

    private mutating func flushFrame() throws(LedgerError) {
        try admission.flush { (frame, count) throws(LedgerError) in
            let (position, first) = (writer.position, writer.durableSequence + 1)
            try writer.append(&frame, count: count)
            lookup.note(firstSequence: first, at: position)
        }
    }

    private mutating func poisoned(_ error: LedgerError) -> LedgerError {
        if let poison { return poison }
        let error = cause(of: error)
        let reason = LedgerError(
            .unusable,
            "\(error.message); the ledger takes no more events, for what the disk holds is unknown",
            remedy: "\(error.remedy); then open the ledger again, which proves what is there"
        )
        poison = reason
        return reason
    }

    /// The removal of the directory, where that is why something failed; the error itself otherwise.
    private func cause(of failure: LedgerError) -> LedgerError {
        do throws(StorageError) {
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

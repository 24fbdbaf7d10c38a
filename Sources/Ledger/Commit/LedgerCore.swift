package import TradeModel

/// One open ledger without its threads: takes events in, makes them durable, answers what is open.
///
/// Whoever holds it is alone with it.
package struct LedgerCore<S: Storage>: ~Copyable {
    package let ledgerID: EventID
    package let recovery: RecoveryReport
    /// The segment to come, which another thread makes ahead of time.
    package let spare: SpareSegment<S>
    private let configuration: LedgerConfiguration
    private let clock: LedgerClock
    private let lock: WriterLock<S>
    private var admission: Admission
    private var writer: SegmentWriter<S>
    private var rejected: RejectedLog<S>
    private var lookup: EventLookup<S>
    /// The payload of the frame to come, behind room for its header: the events that are admitted and not durable.
    private var frame = Self.emptyFrame
    /// Set once a write or flush failed: what the files hold is unknown, and no second try proves anything.
    private var poison: LedgerError?

    private static var emptyFrame: [UInt8] { [UInt8](repeating: 0, count: FrameHeader.byteCount) }

    /// Opens a ledger for writing: takes the lock, reads the log, mends its tail.
    package init(opening storage: S, _ configuration: LedgerConfiguration, _ clock: LedgerClock) throws(LedgerError) {
        // Asked first, because a directory without a ledger has no lock to take either.
        _ = try SegmentCatalog(storage)
        let lock = try WriterLock(storage)
        // A writer that was killed behind a rename leaves names that a power cut would still take back, and with them
        // every event that is appended from here on.
        do { try storage.synchronizeDirectory() } catch { throw LedgerError(error) }
        let logScan = try LogScan(storage)
        var lookup = EventLookup(storage)
        var admission = Admission(clock: clock)
        let scan = try logScan.run { (segment, frame) throws(LedgerError) in
            let position = LogPosition(segment: segment, offset: frame.offset)
            lookup.note(firstSequence: frame.header.firstSequence, at: position)
            try Self.replay(frame, segment, into: &admission, &lookup, storage)
        }
        let tail = try TailRecovery(storage, scan, publishedSequence: try DurablePosition.read(storage))
        let evidencePrefix = "torn-\(clock.now().microsecondsSince1970)"
        var recovery = try tail.mend { "\(evidencePrefix)-\(scan.name)-\($0)" }
        let rejected = try RejectedLog(storage) { "\(evidencePrefix)-\(RejectedLog<S>.fileName)-\($0)" }
        recovery.tornWrites += rejected.recovery.tornWrites
        let spare = SpareSegment(storage, byteCount: configuration.segmentByteCount)
        // Continued with what the log itself asserts: the note of the durable position may not outlive a power cut.
        var writer = try SegmentWriter(
            storage,
            continuing: scan,
            spare: spare,
            configuration: configuration,
            clock: clock
        )
        try writer.assertDurable()
        try writer.publish()

        ledgerID = scan.header.ledgerID
        self.recovery = recovery
        self.spare = spare
        self.configuration = configuration
        self.clock = clock
        self.lock = lock
        self.admission = admission
        self.writer = writer
        self.rejected = rejected
        self.lookup = lookup
    }

    private static func replay(
        _ frame: Frame,
        _ segment: SegmentName,
        into admission: inout Admission,
        _ lookup: inout EventLookup<S>,
        _ storage: S
    ) throws(LedgerError) {
        var records = RecordSequence(frame)
        while true {
            let event: Event?
            do { event = try records.next() } catch {
                throw .damage(storage.directory, segment.fileName, frame.offset, error.message)
            }
            guard let event else { return }
            try admission.replay(event) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
        }
    }

    package var durableSequence: UInt64 { writer.durableSequence }
    var rollCount: Int { writer.rollCount }

    /// The trades that are open.
    ///
    /// Throws once a flush has failed, for then the fold holds what may not be durable.
    package func openTrades() throws(LedgerError) -> [TradeBook<Trade>.Key: Trade] {
        if let poison { throw poison }
        return admission.book.open
    }

    /// The state of a trade, open or not; nil where there is none of that id.
    package mutating func trade(_ id: TradeBook<Trade>.Key) throws(LedgerError) -> Trade? {
        if let poison { throw poison }
        return try admission.book.trade(id) { (sequence) throws(LedgerError) in try lookup.event(at: sequence) }
    }

    /// Takes in the requests of one group commit, in order.
    ///
    /// When it returns, everything answered is durable.
    package mutating func commit(_ requests: [AppendRequest]) {
        var kept: [RejectedEvent] = []
        for request in requests {
            switch request.atomicity {
            case .each:
                for submission in request.submissions { request.answer(admit([submission], &kept)) }
            case .all: request.answer(admit(request.submissions, &kept))
            }
        }
        let failure = flush(kept)
        for request in requests { request.settle(failure) }
    }

    /// Vouches on disk for the last frames, which have no successors yet.
    package mutating func assertDurable() throws(LedgerError) {
        if let poison { throw poison }
        do {
            try writer.assertDurable()
            try rejected.assertDurable()
        } catch {
            throw poisoned(error)
        }
    }

    /// Admits events that stand or fall together, and puts them into the frame.
    private mutating func admit(_ submissions: [Submission], _ kept: inout [RejectedEvent]) -> [AppendOutcome] {
        do throws(AppendError) {
            if let poison { throw .failed(poison) }
            var drafts: [EventDraft] = []
            for submission in submissions {
                do { drafts.append(try submission.draft.get()) } catch { throw .rejected(error) }
            }
            try makeRoom(submissions.reduce(0) { $0 + $1.framedByteCount })
            let verdicts = try admission.admit(drafts) { (sequence) throws(LedgerError) in
                try lookup.event(at: sequence)
            }
            return verdicts.map { .success(take($0)) }
        } catch {
            if case .rejected(let rejection) = error, rejection.code != .diskFull {
                let now = clock.now()
                for submission in submissions {
                    kept.append(RejectedEvent(rejectedAt: now, rejection: rejection, line: submission.line))
                }
            }
            return submissions.map { _ in .failure(error) }
        }
    }

    private mutating func take(_ verdict: Admission.Verdict) -> Receipt {
        switch verdict {
        case .append(let event):
            EventRecord.encodeFramed(event, into: &frame)
            return Receipt(.appended, event)
        case .duplicate(let event):
            return Receipt(.duplicate, event)
        }
    }

    /// Sees to it that the frame can take so many bytes more, before anything is admitted: a full disk then refuses
    /// events that left no trace.
    private mutating func makeRoom(_ byteCount: Int) throws(AppendError) {
        guard byteCount <= configuration.framePayloadByteCountMax else {
            throw .failed(
                LedgerError(
                    .invalidRequest,
                    "a batch of \(byteCount) bytes; at most \(configuration.framePayloadByteCountMax) are taken as one",
                    remedy: "append it in smaller batches"
                )
            )
        }
        guard !writer.hasRoom(payloadByteCount: frame.count - FrameHeader.byteCount + byteCount) else { return }
        do throws(LedgerError) { try flushFrame() } catch { throw .failed(poisoned(error)) }
        guard !writer.hasRoom(payloadByteCount: byteCount) else { return }
        do throws(LedgerError) { try writer.roll() } catch {
            if error.isDiskFull { throw .rejected(.diskFull(error)) }
            throw .failed(poisoned(error))
        }
    }

    private mutating func flush(_ kept: [RejectedEvent]) -> LedgerError? {
        if let poison { return poison }
        do throws(LedgerError) {
            try flushFrame()
            if !kept.isEmpty { try rejected.append(kept) }
            return nil
        } catch {
            return poisoned(error)
        }
    }

    private mutating func flushFrame() throws(LedgerError) {
        guard frame.count > FrameHeader.byteCount else { return }
        let (position, first) = (writer.position, durableSequence + 1)
        try writer.append(&frame, count: admission.unflushed.count)
        lookup.note(firstSequence: first, at: position)
        admission.markDurable()
        frame.removeSubrange(FrameHeader.byteCount...)
    }

    private mutating func poisoned(_ error: LedgerError) -> LedgerError {
        let reason = LedgerError(
            .unusable,
            "\(error.message); the ledger takes no more events, for what the disk holds is unknown",
            remedy: "see to the disk, then open the ledger again: that proves what is there"
        )
        poison = poison ?? reason
        return error
    }
}

extension LedgerError {
    /// Whether the reason is that there is no space left.
    package var isDiskFull: Bool {
        guard case .inputOutput(let number) = code else { return false }
        return FileFault(errno: number).isDiskFull
    }
}

extension Rejection {
    static func diskFull(_ error: LedgerError) -> Rejection {
        Rejection(.diskFull, "\(error.message); free space and send the event again")
    }
}

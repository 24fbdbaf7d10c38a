import TradeModel

/// Checks a whole log ahead of the consumer: one thread reads frames in order, and several check and hash their events.
///
/// The reader finds what only the order of frames shows: broken chains, gaps, and where the log ends. The consumer gets
/// the parts in the order of the log, so the number of threads changes no result. A fixed number of parts is under way,
/// so memory does not grow with the log.
final class EventChecking<S: Storage>: Sendable {
    private let reading = BackgroundTask()
    private let parts: WorkerPool<UncheckedPart, CheckedPart>
    private let audit = Lock<LogAudit?>(nil)

    private static var partByteCount: Int { 64 << 10 }
    /// Parts that a thread works on, or that wait for a thread or for the consumer.
    private static var partsPerThread: Int { 3 }

    /// Starts the threads, which live until `end`.
    init(of log: LogReader<S>, upTo durable: UInt64, threadCount: Int) {
        parts = WorkerPool(threadCount: threadCount, inputCountMax: Self.partsPerThread * threadCount) { $0.checked() }
        reading.start { () throws(LedgerError) in
            defer { self.parts.finish() }
            let audit = try self.read(log, durable)
            self.audit.withLock { $0 = audit }
        }
    }

    /// The next events; nil after the last ones, when `outcome` is available.
    func next() -> CheckedPart? { parts.take() }

    /// The result for the log.
    ///
    /// Called after the last part. Throws if acknowledged data is not intact.
    func outcome() throws(LedgerError) -> LogAudit {
        reading.close()
        if let fault = reading.fault { throw fault }
        guard let audit = audit.withLock({ $0 }) else { preconditionFailure("the reader has ended") }
        return audit
    }

    /// Ends the threads, even if not everything was consumed.
    func end() {
        parts.close()
        reading.close()
    }

    private func read(_ log: LogReader<S>, _ durable: UInt64) throws(LedgerError) -> LogAudit {
        var part = UncheckedPart()
        var audit = Result { () throws(LedgerError) in
            try log.auditFrames(upTo: durable) { (frame) throws(LedgerError) in
                if part.byteCount >= Self.partByteCount || !part.isOfSegment(frame) { try put(&part) }
                part.append(frame)
            }
        }
        // Events before the damage are folded first, because they may break a rule.
        do throws(LedgerError) { try put(&part) } catch { audit = .failure(error) }
        return try audit.get()
    }

    private func put(_ part: inout UncheckedPart) throws(LedgerError) {
        defer { part = UncheckedPart() }
        // This error is not reported: the caller that abandons the audit has its own.
        guard part.byteCount == 0 || parts.put(part) else { throw .closed }
    }
}

/// Frames in a row of one segment, whose records are still to be checked.
struct UncheckedPart {
    private var frames: [AuditedFrame] = []
    private var eventCount = 0
    /// How many bytes the frames have.
    private(set) var byteCount = 0

    func isOfSegment(_ frame: AuditedFrame) -> Bool {
        frames.first.map { $0.position.segment == frame.position.segment } ?? true
    }

    /// Adds the next frame, with its own copy of the bytes, because the reader goes on.
    mutating func append(_ frame: AuditedFrame) {
        frames.append(frame.copied())
        eventCount += frame.eventCount
        byteCount += frame.byteCount
    }

    /// Checks all records up to the first that is not intact, and hashes them.
    func checked() -> CheckedPart {
        var events: [CheckedEvent] = []
        var leaves: [MerkleHash] = []
        // A header may claim more events than its frame has bytes for.
        let plausibleCount = min(eventCount, byteCount / EventRecord.byteCountMin)
        events.reserveCapacity(plausibleCount)
        leaves.reserveCapacity(plausibleCount)
        var fault: LedgerError?
        do throws(LedgerError) {
            for frame in frames {
                try frame.visitEvents { (event, record) throws(LedgerError) in
                    events.append(CheckedEvent(event))
                    leaves.append(MerkleHasher.leaf(record.span))
                }
            }
        } catch { fault = error }
        return CheckedPart(
            frames: frames.map { FramePlace(firstSequence: $0.firstSequence, position: $0.position) },
            events: events,
            leaves: MerkleStretch(after: frames[0].firstSequence - 1, leaves),
            fault: fault
        )
    }
}

/// Events in a row of one segment that are intact.
struct CheckedPart: Sendable {
    /// Where each frame lies, and its first sequence.
    let frames: [FramePlace]
    /// The events, which are to be screened in the order of the log.
    var events: [CheckedEvent]
    /// The leaves of the events, with the Merkle nodes over them.
    let leaves: MerkleStretch
    /// What is wrong with the record after the last event; nil if all records are intact.
    let fault: LedgerError?
}

/// An event of a log whose bytes are intact, with its identities.
struct CheckedEvent {
    let event: Event
    var identity: ScreenedIdentity

    /// An event that was not screened yet.
    init(_ event: Event) {
        self.event = event
        identity = ScreenedIdentity(event)
    }
}

/// The fingerprints of an event's id, subject and fill, and which of the first two an earlier event may have.
struct ScreenedIdentity {
    /// Identities of one event that an earlier event may have.
    struct Suspects: OptionSet {
        let rawValue: UInt8

        static let eventID = Suspects(rawValue: 1)
        /// The id of the subject that it begins.
        static let begun = Suspects(rawValue: 2)
    }

    let type: EventType
    let terms: TradeTerms
    /// Of the event's id; nil where none is stored.
    let eventID: UInt64?
    /// Of what it is about.
    let subject: UInt64
    /// Of the fill; nil where the event names none.
    let fill: UInt64?
    var suspects: Suspects = []

    init(_ event: Event) {
        type = event.body.type
        terms = TradeTerms(event.body.bytes.span)
        eventID = event.storedID.map { Fingerprint.event($0) }
        subject = Fingerprint.subject(of: event.body)
        fill = Fingerprint.fill(of: event.body, terms, ofTrade: subject)
    }
}

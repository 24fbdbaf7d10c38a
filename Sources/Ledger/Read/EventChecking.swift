import TradeModel

/// Reads a whole log on a separate thread, checks every byte, and hashes and screens each event, ahead of the consumer.
///
/// It runs ahead by a few batches, so memory does not grow with the log.
final class EventChecking<S: Storage>: Sendable {
    /// Events in a row that are whole, of one segment.
    struct Batch: Sendable {
        /// Where the frame of the first event lies, and that frame's first sequence.
        let firstSequence: UInt64
        let position: LogPosition
        var events: [CheckedEvent] = []
        /// How many bytes the frames have.
        var byteCount = 0

        init(beginningWith frame: AuditedFrame) {
            firstSequence = frame.firstSequence
            position = frame.position
            events.reserveCapacity(max(frame.eventCount, EventChecking.usualBatchEventCount))
        }
    }

    private struct State {
        /// What was checked and not taken yet, in order.
        var batches: [Batch] = []
        /// The result for the whole log; nil while it is read.
        var outcome: Result<LogAudit, LedgerError>?
        var isAbandoned = false
    }

    private let state = Lock(State())
    private let room = Semaphore()
    private let progress = Semaphore()
    private let ended = Semaphore()

    private static var batchCountMax: Int { 4 }
    private static var batchByteCount: Int { 64 << 10 }
    private static var usualBatchEventCount: Int { 256 }

    /// Starts the thread, which lives until `end`; `eventCount` is how many events are expected.
    init(of log: LogReader<S>, eventCount: UInt64) {
        for _ in 0..<Self.batchCountMax { room.post() }
        BackgroundThread.start { self.run(log, eventCount) }
    }

    /// The next events; nil after the last ones, when `outcome` is available.
    func next() -> Batch? {
        progress.wait()
        let batch = state.withLock { $0.batches.isEmpty ? nil : $0.batches.removeFirst() }
        if batch != nil { room.post() }
        return batch
    }

    /// The result for the log.
    ///
    /// Called after the last batch. Throws if acknowledged data is not intact.
    func outcome() throws(LedgerError) -> LogAudit {
        guard let outcome = state.withLock({ $0.outcome }) else { preconditionFailure("called after the last batch") }
        return try outcome.get()
    }

    /// Ends the thread, even if not everything was consumed.
    func end() {
        state.withLock { $0.isAbandoned = true }
        room.post()
        ended.wait()
    }

    private func run(_ log: LogReader<S>, _ eventCount: UInt64) {
        var screen = IdentityScreen(eventCount: eventCount)
        var batch: Batch?
        var outcome = Result { () throws(LedgerError) in
            try log.auditFrames { (frame) throws(LedgerError) in
                if batch?.position.segment != frame.position.segment { try handOver(&batch, &screen) }
                // The consumer counts references to the events' bytes while this thread reads on.
                let frame = frame.copied()
                if batch == nil { batch = Batch(beginningWith: frame) }
                batch?.byteCount += frame.byteCount
                try frame.visitEvents { (event, record) throws(LedgerError) in
                    batch?.events.append(CheckedEvent(event, leaf: MerkleHasher.leaf(record.span)))
                }
                if batch?.byteCount ?? 0 >= Self.batchByteCount { try handOver(&batch, &screen) }
            }
        }
        // Events before the damage are folded first, because they may break a rule.
        do throws(LedgerError) { try handOver(&batch, &screen) } catch { outcome = .failure(error) }
        state.withLock { $0.outcome = outcome }
        progress.post()
        ended.post()
    }

    private func handOver(_ batch: inout Batch?, _ screen: inout IdentityScreen) throws(LedgerError) {
        guard var full = batch.take() else { return }
        screen.screen(&full.events)
        room.wait()
        let isAbandoned = state.withLock { state in
            if !state.isAbandoned { state.batches.append(full) }
            return state.isAbandoned
        }
        // This error is not reported: the caller that abandons the audit has its own.
        guard !isAbandoned else { throw .closed }
        progress.post()
    }
}

/// An event of a log whose bytes are intact, with what the thread that checked it computed from it.
struct CheckedEvent {
    let event: Event
    /// Its leaf of the Merkle tree.
    let leaf: MerkleHash
    var identity: ScreenedIdentity

    /// An event that was not screened yet.
    init(_ event: Event, leaf: MerkleHash) {
        self.event = event
        self.leaf = leaf
        identity = ScreenedIdentity(event)
    }
}

/// The fingerprints of an event's id, subject and fill, and which of these ids an earlier event may have.
struct ScreenedIdentity {
    /// Identities of one event that an earlier event may have.
    struct Suspects: OptionSet {
        let rawValue: UInt8

        static let eventID = Suspects(rawValue: 1)
        /// The id of the trade that it opens.
        static let opened = Suspects(rawValue: 2)
        static let fill = Suspects(rawValue: 4)
    }

    let type: EventType
    /// Of the event's id; nil where none is stored.
    let eventID: UInt64?
    /// Of what it is about.
    let subject: UInt64
    /// Of the fill; nil where the event names none.
    let fill: UInt64?
    var suspects: Suspects = []

    init(_ event: Event) {
        type = event.body.type
        eventID = event.storedID.map { Fingerprint.event($0) }
        subject = Fingerprint.subject(of: event.body)
        fill = Fingerprint.fill(of: event.body, ofTrade: subject)
    }
}

import TradeModel

/// Reads a whole log on a thread of its own, checks every byte, and hashes each event, ahead of who takes the events.
///
/// It runs ahead by a few batches, so memory does not grow with the log.
final class EventChecking<S: Storage>: Sendable {
    /// Events in a row that are whole, of one segment.
    struct Batch: Sendable {
        /// Where the frame of the first event lies, and that frame's first sequence.
        let firstSequence: UInt64
        let position: LogPosition
        /// Each event with its leaf of the Merkle tree.
        var events: [(event: Event, leaf: MerkleHash)] = []
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
        /// What the whole log came to; nil while it is read.
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

    /// Starts the thread, which lives until `end`.
    init(of log: LogReader<S>) {
        for _ in 0..<Self.batchCountMax { room.post() }
        BackgroundThread.start { self.run(log) }
    }

    /// The next events; nil behind the last ones, when `outcome` is there.
    func next() -> Batch? {
        progress.wait()
        let batch = state.withLock { $0.batches.isEmpty ? nil : $0.batches.removeFirst() }
        if batch != nil { room.post() }
        return batch
    }

    /// What the log came to.
    ///
    /// Asked behind the last batch. Throws where something acknowledged is not whole.
    func outcome() throws(LedgerError) -> LogAudit {
        guard let outcome = state.withLock({ $0.outcome }) else { preconditionFailure("asked behind the last batch") }
        return try outcome.get()
    }

    /// Ends the thread, whether all was taken or not.
    func end() {
        state.withLock { $0.isAbandoned = true }
        room.post()
        ended.wait()
    }

    private func run(_ log: LogReader<S>) {
        var hasher = LeafHasher()
        var batch: Batch?
        var outcome = Result { () throws(LedgerError) in
            try log.auditFrames { (frame) throws(LedgerError) in
                if batch?.position.segment != frame.position.segment { try handOver(&batch) }
                // Whoever takes the events counts the references to their bytes while this thread reads on.
                let frame = frame.copied()
                if batch == nil { batch = Batch(beginningWith: frame) }
                batch?.byteCount += frame.byteCount
                try frame.visitEvents { (event) throws(LedgerError) in
                    batch?.events.append((event, hasher.hash(event)))
                }
                if batch?.byteCount ?? 0 >= Self.batchByteCount { try handOver(&batch) }
            }
        }
        // What comes before damage is folded first, because it may break a rule.
        do throws(LedgerError) { try handOver(&batch) } catch { outcome = .failure(error) }
        state.withLock { $0.outcome = outcome }
        progress.post()
        ended.post()
    }

    private func handOver(_ batch: inout Batch?) throws(LedgerError) {
        guard let full = batch.take() else { return }
        room.wait()
        let isAbandoned = state.withLock { state in
            if !state.isAbandoned { state.batches.append(full) }
            return state.isAbandoned
        }
        // Nobody is told: whoever abandons has a reason of its own.
        guard !isAbandoned else { throw .closed }
        progress.post()
    }
}

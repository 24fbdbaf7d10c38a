internal import Ledger
internal import TradeModel

/// The log as the replicator sees it: behind the place up to which the database has got, batches of any length.
///
/// It keeps what it has handed out until the database has it, so that a batch which was not taken is there again, whole
/// or in parts; and it reads the next part meanwhile.
struct BatchSource: ~Copyable {
    /// A batch has no more events.
    static let eventCountMax = LogTailer.eventCountMax

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable when the work shall end.
    private let stop: Int32
    /// Nothing behind this sequence is read.
    private let limit: UInt64
    private let reading: Prefetcher<LogTailer>
    /// The events that were read and are not known to be in the database; the batch holds them and what came before.
    private var ahead: ArraySlice<EventBatch.Change> = []
    private var chunk: EventBatch?
    /// The place of the database: the event before the next batch.
    private(set) var position: UInt64 = 0
    /// The last sequence that was durable when it was last asked for, or the limit.
    private(set) var durableSequence: UInt64 = 0

    /// The durable events of a log, or those up to a sequence.
    init(_ log: LogReader<PosixStorage>, stop: Int32, upTo limit: UInt64 = .max) throws(LedgerError) {
        self.log = log
        self.stop = stop
        self.limit = limit
        reading = Prefetcher(try LogTailer(log, stop: stop))
    }

    /// The last sequence that is durable, asked anew.
    ///
    /// Without a writer beside it that reads the last segment.
    mutating func refresh() throws(LedgerError) -> UInt64 {
        durableSequence = min(limit, max(durableSequence, try log.durableSequence(stop: stop)))
        return durableSequence
    }

    /// The root behind the first `sequence` events, which were read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash {
        try reading.withSource { (log) throws(LedgerError) in try log.root(at: sequence) }
    }

    /// Goes to where the database is; begins anew where that lies behind.
    ///
    /// Throws `unusable` where `stop` becomes readable before it is there.
    mutating func move(to sequence: UInt64) throws {
        if sequence >= position {
            passAhead(to: sequence)
            while position < sequence, reading.isUnderWay {
                try takeChunk()
                passAhead(to: sequence)
            }
        }
        guard position != sequence else { return }
        if reading.isUnderWay { reading.forget() }
        (ahead, chunk) = ([], nil)
        try reading.withSource { (log) throws(LedgerError) in try log.go(to: sequence) }
        position = sequence
    }

    /// The next events that are durable, so many at most, as rows of this form; nil where there are none yet.
    mutating func batch(eventCountMax: Int, _ form: LedgerRows) throws -> EventBatch? {
        if ahead.isEmpty { try readChunk(form) }
        guard let chunk, !ahead.isEmpty else { return nil }
        let changes = ahead.prefix(eventCountMax)
        if changes.count == chunk.eventCount, chunk.form == form { return chunk }
        let last = position + UInt64(changes.count)
        return try EventBatch(changes, root: last == chunk.lastSequence ? chunk.root : root(at: last), form)
    }

    private mutating func passAhead(to sequence: UInt64) {
        let count = min(sequence - position, UInt64(ahead.count))
        ahead = ahead.dropFirst(Int(count))
        position += count
        // A replicator that is caught up keeps no batch.
        if ahead.isEmpty { (ahead, chunk) = ([], nil) }
    }

    private mutating func readChunk(_ form: LedgerRows) throws {
        if !reading.isUnderWay {
            // Asking costs a look at the last segment where no writer publishes, so it is asked only when it matters.
            if position >= durableSequence {
                guard try position < refresh() else { return }
            }
            reading.begin(LogTailer.Request(start: position, limit: durableSequence, form: form))
        }
        try takeChunk()
    }

    /// Takes the part under way, and has the one behind it read where there is one.
    private mutating func takeChunk() throws {
        chunk = nil
        guard let chunk = try reading.take() else { return }
        self.chunk = chunk
        ahead = chunk.changes
        guard chunk.lastSequence < durableSequence else { return }
        reading.begin(LogTailer.Request(start: chunk.lastSequence, limit: durableSequence, form: chunk.form))
    }
}

internal import Ledger
internal import TradeModel

/// The batches of events that the database does not have yet, of any length.
///
/// It keeps each batch until the database has stored it, so a batch that failed can be sent again, whole or in pieces.
/// It prefetches the next chunk meanwhile.
struct BatchSource: ~Copyable {
    /// The largest number of events in a batch: enough to amortise the cost of a transaction.
    static let eventCountMax = 10_000

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable to request a stop.
    private let stop: Int32
    /// Nothing after this sequence is read.
    private let limit: UInt64
    private let reading: Prefetcher<LogTailer>
    /// The events that were read but are not known to be in the database; the chunk holds them and earlier ones.
    private var ahead: ArraySlice<EventBatch.Change> = []
    private var chunk: EventBatch?
    /// The position of the database: the event before the next batch.
    private(set) var position: UInt64 = 0
    /// The last known durable sequence, or the limit.
    private(set) var durableSequence: UInt64 = 0

    /// The durable events of a log, or those up to a sequence.
    init(_ log: LogReader<PosixStorage>, stop: Int32, upTo limit: UInt64 = .max) throws(LedgerError) {
        self.log = log
        self.stop = stop
        self.limit = limit
        reading = Prefetcher(try LogTailer(log, stop: stop))
    }

    /// Refreshes and returns the last durable sequence.
    ///
    /// If no writer is active, this reads the last segment.
    mutating func refresh() throws(LedgerError) -> UInt64 {
        durableSequence = min(limit, max(durableSequence, try log.durableSequence(stop: stop)))
        return durableSequence
    }

    /// The root over the first `sequence` events, which were read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash {
        try reading.withSource { (log) throws(LedgerError) in try log.root(at: sequence) }
    }

    /// Moves to the position of the database; starts again from the beginning if that is earlier.
    ///
    /// Throws `unusable` if `stop` becomes readable first.
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

    /// The next durable events, up to the given number, as rows of this form; nil if there are none yet.
    mutating func batch(eventCountMax: Int, _ form: LedgerRows) throws -> EventBatch? {
        if ahead.isEmpty { try readChunk(form) }
        guard let chunk, !ahead.isEmpty else { return nil }
        let changes = ahead.prefix(eventCountMax)
        if changes.count == chunk.eventCount, chunk.form == form { return chunk }
        let last = position + UInt64(changes.count)
        let root = last == chunk.lastSequence ? chunk.root : try root(at: last)
        return try EventBatch(changes, chunk.bookChanges, root: root, form)
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
            // Without a writer this reads the last segment, so it is done only when needed.
            if position >= durableSequence {
                guard try position < refresh() else { return }
            }
            reading.begin(LogTailer.Request(start: position, limit: durableSequence, form: form))
        }
        try takeChunk()
    }

    /// Takes the chunk being read, and starts reading the next one if there is one.
    private mutating func takeChunk() throws {
        chunk = nil
        guard let chunk = try reading.take() else { return }
        self.chunk = chunk
        ahead = chunk.changes
        guard chunk.lastSequence < durableSequence else { return }
        reading.begin(LogTailer.Request(start: chunk.lastSequence, limit: durableSequence, form: chunk.form))
    }
}

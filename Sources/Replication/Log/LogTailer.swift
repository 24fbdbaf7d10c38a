internal import Glibc
internal import Ledger
internal import Projections
internal import Replay
internal import TradeModel

/// Reads the log for the database in order, and folds each event into its trade and into the root.
struct LogTailer: ChunkSource, ~Copyable {
    /// A requested range of the log.
    struct Request: Sendable {
        /// The event before the first one.
        let start: UInt64
        /// A durable sequence; nothing after it is read.
        let limit: UInt64
        /// The format of the rows.
        let form: LedgerRows
    }

    /// The size at which a chunk is small enough for memory.
    private static let byteCountMax = 8 << 20

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable to request a stop.
    private let stop: Int32
    private var fold: HistoryFold
    private var tree: LogTree<PosixStorage>
    private var bookFold = BooksFold(Books(keepingRecords: false))
    /// Whether the ledger's index runs are used, which save memory; without them the log alone is enough.
    private var usesRuns = true

    /// Begins before the first event.
    init(_ log: LogReader<PosixStorage>, stop: Int32) throws(LedgerError) {
        self.log = log
        self.stop = stop
        fold = try HistoryFold(withRunsOf: log)
        tree = LogTree(recomputing: log.storage)
    }

    /// The event that was read last, 0 before any.
    private var sequence: UInt64 { fold.nextSequence - 1 }

    /// The root over the first `sequence` events, which were read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// Moves to the position after an event; starts again from the beginning if it is already past it.
    ///
    /// Throws `unusable` if a stop is requested first.
    mutating func go(to sequence: UInt64) throws(LedgerError) {
        if sequence < self.sequence { try beginAnew() }
        // A chunk that could not be read may have left changes, and nobody takes these.
        bookFold.books.forgetChanges()
        while self.sequence < sequence {
            try checkNotStopped()
            let end = min(sequence, self.sequence + UInt64(BatchSource.eventCountMax))
            try relyingOnRuns { (log) throws(LedgerError) in
                while let event = try log.fold.next(upTo: end) {
                    log.tree.append(event)
                    log.bookFold.applyLast(of: log.fold, event)
                }
            }
        }
    }

    /// Reads a chunk as a batch; nil if there is no durable event after its start.
    mutating func read(_ request: Request) throws -> EventBatch? {
        // After a failure it may be at another position.
        if request.start != sequence { try go(to: request.start) }
        var changes: [EventBatch.Change] = []
        try relyingOnRuns { (log) throws(LedgerError) in
            // After a failure this runs a second time.
            changes = []
            let eventCount = Int(min(request.limit - request.start, UInt64(BatchSource.eventCountMax)))
            changes.reserveCapacity(eventCount)
            log.bookFold.books.noteChanges(eventCount: eventCount)
            var byteCount = 0
            while changes.count < BatchSource.eventCountMax, byteCount < Self.byteCountMax {
                guard let event = try log.fold.next(upTo: request.limit) else { break }
                log.tree.append(event)
                let before = log.fold.closed?.before.flatMap { CountedTrade($0) }
                log.bookFold.applyLast(of: log.fold, event)
                changes.append(EventBatch.Change(event: event, trade: log.fold.history, countedBefore: before))
                byteCount += event.body.bytes.count
            }
        }
        let bookChanges = bookFold.books.takeChanges()
        guard !changes.isEmpty else { return nil }
        return try EventBatch(changes[...], bookChanges, root: tree.root(at: sequence), request.form)
    }

    private mutating func beginAnew() throws(LedgerError) {
        fold = usesRuns ? try HistoryFold(withRunsOf: log) : HistoryFold(recomputing: log.storage)
        tree = LogTree(recomputing: log.storage)
        bookFold = BooksFold(Books(keepingRecords: false))
    }

    /// Retries without the index runs if one of them is damaged: derived files are optional.
    private mutating func relyingOnRuns(
        _ body: (inout LogTailer) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        let place = sequence
        do throws(LedgerError) { try body(&self) } catch {
            guard usesRuns, error.code == .unusable else { throw error }
            usesRuns = false
            try beginAnew()
            try go(to: place)
            try body(&self)
        }
    }

    private func checkNotStopped() throws(LedgerError) {
        var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, 0) <= 0 else {
            throw LedgerError(.unusable, "the log was not read to the end", remedy: "begin again")
        }
    }
}

internal import Glibc
internal import Ledger
internal import Projections
internal import TradeModel

/// The log as the replicator sees it: behind the place up to which the database has got, batches of any length.
///
/// It reads some way ahead, so that a batch which the database did not take is there again, whole or in parts.
struct LogFeed: ~Copyable {
    /// Bounds of what is read ahead, and so of a batch: enough to make the transaction's own cost small, little enough
    /// to hold in memory.
    static let eventCountMax = 5000
    static let byteCountMax = 8 << 20

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable when the work shall end.
    private let stop: Int32
    /// Nothing behind this sequence is read.
    private let limit: UInt64
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    /// Whether the ledger's identity runs are used, which save memory; the log alone is enough where one is damaged.
    private var usesRuns = true
    /// The events that were read and are not known to be in the database.
    private var ahead: ArraySlice<EventBatch.Change> = []
    /// The last sequence that was durable when it was last asked for, or the limit.
    private(set) var durableSequence: UInt64 = 0

    /// The durable events of a log, or those up to a sequence.
    init(_ log: LogReader<PosixStorage>, stop: Int32, upTo limit: UInt64 = .max) throws(LedgerError) {
        self.log = log
        self.stop = stop
        self.limit = limit
        follower = try TradeFollower(withRunsOf: log)
        tree = LogTree(recomputing: log.storage)
    }

    /// The place of the database: the event before the next batch.
    var position: UInt64 { follower.nextSequence - 1 - UInt64(ahead.count) }

    /// The last sequence that is durable, asked anew.
    ///
    /// Without a writer beside it that reads the last segment.
    mutating func refresh() throws(LedgerError) -> UInt64 {
        durableSequence = min(limit, max(durableSequence, try log.durableSequence(stop: stop)))
        return durableSequence
    }

    /// The root behind the first `sequence` events, which were read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// Goes to where the database is; begins anew where that lies behind.
    ///
    /// Throws `unusable` where `stop` becomes readable before it is there.
    mutating func move(to sequence: UInt64) throws(LedgerError) {
        try relyingOnRuns { (feed) throws(LedgerError) in try feed.go(to: sequence) }
    }

    private mutating func go(to sequence: UInt64) throws(LedgerError) {
        if sequence < position { try beginAnew() }
        ahead = ahead.dropFirst(Int(min(sequence - position, UInt64(ahead.count))))
        while position < sequence {
            let part = min(sequence, position + UInt64(Self.eventCountMax))
            while let (event, _) = try follower.next(upTo: part) { tree.append(event) }
            try checkNotStopped()
        }
    }

    private mutating func beginAnew() throws(LedgerError) {
        follower = usesRuns ? try TradeFollower(withRunsOf: log) : TradeFollower(recomputing: log.storage)
        tree = LogTree(recomputing: log.storage)
        ahead = []
    }

    /// Does it again without the runs where one of them is damaged: what is derived from the log is never needed.
    private mutating func relyingOnRuns(
        _ body: (inout LogFeed) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        let place = position
        do throws(LedgerError) { try body(&self) } catch {
            guard usesRuns, error.code == .damaged else { throw error }
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

    /// The next events that are durable, so many at most; nil where there are none yet.
    mutating func batch(eventCountMax: Int) throws(LedgerError) -> EventBatch? {
        if ahead.isEmpty { try relyingOnRuns { (feed) throws(LedgerError) in try feed.read() } }
        let changes = ahead.prefix(eventCountMax)
        guard let last = changes.last else { return nil }
        return EventBatch(changes, root: try tree.root(at: last.event.sequence))
    }

    private mutating func read() throws(LedgerError) {
        // Asking costs a look at the last segment where no writer publishes, so it is asked only when it matters.
        if position >= durableSequence {
            guard try position < refresh() else { return }
        }
        var changes: [EventBatch.Change] = []
        var byteCount = 0
        while changes.count < Self.eventCountMax, byteCount < Self.byteCountMax,
            let (event, trade) = try follower.next(upTo: durableSequence)
        {
            tree.append(event)
            changes.append(EventBatch.Change(event: event, trade: trade))
            byteCount += event.body.bytes.count
        }
        ahead = changes[...]
    }
}

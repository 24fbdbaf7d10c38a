internal import Glibc
internal import Ledger
internal import Projections
internal import TradeModel

/// The log as it is read for the database: one event after the other, each folded into its trade and into the root.
struct LogTailer: ChunkSource, ~Copyable {
    /// A stretch of the log that is asked for.
    struct Request: Sendable {
        /// The event before the first one.
        let start: UInt64
        /// A durable sequence, behind which nothing is read.
        let limit: UInt64
        /// How the rows shall look.
        let form: LedgerRows
    }

    /// Bounds of a part: enough to make a transaction's own cost small, little enough to hold in memory.
    static let eventCountMax = 10_000
    static let byteCountMax = 8 << 20

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable when the work shall end.
    private let stop: Int32
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    /// Whether the ledger's index runs are used, which save memory; the log alone is enough where one is damaged.
    private var usesRuns = true

    /// Begins before the first event.
    init(_ log: LogReader<PosixStorage>, stop: Int32) throws(LedgerError) {
        self.log = log
        self.stop = stop
        follower = try TradeFollower(withRunsOf: log)
        tree = LogTree(recomputing: log.storage)
    }

    /// The event that was read last, 0 before any.
    private var sequence: UInt64 { follower.nextSequence - 1 }

    /// The root behind the first `sequence` events, which were read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// Goes behind an event; begins anew where that lies behind already.
    ///
    /// Throws `unusable` where the work shall end before it is there.
    mutating func go(to sequence: UInt64) throws(LedgerError) {
        if sequence < self.sequence { try beginAnew() }
        while self.sequence < sequence {
            try checkNotStopped()
            let end = min(sequence, self.sequence + UInt64(Self.eventCountMax))
            try relyingOnRuns { (log) throws(LedgerError) in
                while let event = try log.follower.next(upTo: end) { log.tree.append(event) }
            }
        }
    }

    /// Reads a part, as the batch that it makes; nil where there is no durable event behind its begin.
    mutating func read(_ request: Request) throws -> EventBatch? {
        // It is somewhere else where it failed before.
        if request.start != sequence { try go(to: request.start) }
        var changes: [EventBatch.Change] = []
        try relyingOnRuns { (log) throws(LedgerError) in changes = try log.changes(upTo: request.limit) }
        return changes.isEmpty ? nil : try EventBatch(changes[...], root: tree.root(at: sequence), request.form)
    }

    private mutating func changes(upTo limit: UInt64) throws(LedgerError) -> [EventBatch.Change] {
        var changes: [EventBatch.Change] = []
        var byteCount = 0
        while changes.count < Self.eventCountMax, byteCount < Self.byteCountMax {
            var trade: TradeHistory?
            guard let event = try follower.next(upTo: limit, read: { trade = $0 }) else { break }
            tree.append(event)
            changes.append(EventBatch.Change(event: event, trade: trade))
            byteCount += event.body.bytes.count
        }
        return changes
    }

    private mutating func beginAnew() throws(LedgerError) {
        follower = usesRuns ? try TradeFollower(withRunsOf: log) : TradeFollower(recomputing: log.storage)
        tree = LogTree(recomputing: log.storage)
    }

    /// Does it again without the runs where one of them is damaged: what is derived from the log is never needed.
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

internal import Glibc
internal import Ledger
internal import Projections
internal import TradeModel

/// The log as it is read for the database: one event after the other, each folded into its trade and into the root.
struct FollowedLog: ~Copyable {
    /// A stretch of the log, at least an event.
    struct Part: Sendable {
        let changes: [EventBatch.Change]
        /// The root behind the last of them.
        let root: MerkleHash
    }

    /// Bounds of a part: enough to make a transaction's own cost small, little enough to hold in memory.
    static let eventCountMax = 5000
    static let byteCountMax = 8 << 20

    private let log: LogReader<PosixStorage>
    /// A descriptor that becomes readable when the work shall end.
    private let stop: Int32
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    /// Whether the ledger's identity runs are used, which save memory; the log alone is enough where one is damaged.
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
            let part = min(sequence, self.sequence + UInt64(Self.eventCountMax))
            try relyingOnRuns { (log) throws(LedgerError) in
                while let (event, _) = try log.follower.next(upTo: part) { log.tree.append(event) }
            }
        }
    }

    /// Reads the part behind an event, up to a durable sequence; nil where that is the same.
    mutating func read(behind sequence: UInt64, upTo limit: UInt64) throws(LedgerError) -> Part? {
        // It is somewhere else where it failed before.
        if sequence != self.sequence { try go(to: sequence) }
        var changes: [EventBatch.Change] = []
        try relyingOnRuns { (log) throws(LedgerError) in changes = try log.changes(upTo: limit) }
        return changes.isEmpty ? nil : Part(changes: changes, root: try tree.root(at: self.sequence))
    }

    private mutating func changes(upTo limit: UInt64) throws(LedgerError) -> [EventBatch.Change] {
        var changes: [EventBatch.Change] = []
        var byteCount = 0
        while changes.count < Self.eventCountMax, byteCount < Self.byteCountMax,
            let (event, trade) = try follower.next(upTo: limit)
        {
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
        _ body: (inout FollowedLog) throws(LedgerError) -> Void
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

internal import Ledger
internal import Projections
internal import TradeModel

/// The log as the replicator sees it: the fold and the tree at the place up to which the database has got, and batches
/// from there on.
struct LogFeed: ~Copyable {
    private let log: LogReader<PosixStorage>
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    /// The last sequence that was durable when it was last asked for.
    private(set) var durableSequence: UInt64 = 0

    init(_ log: LogReader<PosixStorage>) throws(LedgerError) {
        self.log = log
        follower = TradeFollower(log.storage)
        tree = LogTree(recomputing: log.storage)
    }

    /// The last event that was given out or passed over.
    var position: UInt64 { follower.nextSequence - 1 }

    /// The last sequence that is durable, asked anew.
    ///
    /// Without a writer beside it that reads the last segment.
    mutating func refresh() throws(LedgerError) -> UInt64 {
        durableSequence = max(durableSequence, try log.durableSequence())
        return durableSequence
    }

    /// The root behind the first `sequence` events, which were passed.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// Passes events by until `sequence`, in parts, so that a signal is heard; begins anew where that lies behind.
    ///
    /// `pause` is asked after each part and may throw to end it.
    mutating func seek(_ sequence: UInt64, _ pause: () throws -> Void) throws {
        if sequence < position { self = try LogFeed(log) }
        while position < sequence {
            let part = min(sequence, position + UInt64(EventBatch.eventCountMax))
            while let (event, _) = try follower.next(upTo: part) { tree.append(event) }
            try pause()
        }
    }

    /// The next events that are durable, nil where there are none yet.
    mutating func nextBatch() throws(LedgerError) -> EventBatch? {
        // Asking costs a look at the last segment where no writer publishes, so it is asked only when it matters.
        if position >= durableSequence {
            guard try position < refresh() else { return nil }
        }
        var batch = EventBatch(behind: try tree.root(at: position))
        while !batch.isFull, let (event, trade) = try follower.next(upTo: durableSequence) {
            tree.append(event)
            batch.append(event, trade)
        }
        batch.complete(root: try tree.root(at: position))
        return batch
    }
}

internal import Ledger
internal import Projections
internal import TradeModel

/// What a log folds to as it is read: trades, tree, and whether the roots that a database kept are its own.
struct LogState: ~Copyable {
    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    private var checkpoints: ArraySlice<(sequence: UInt64, root: MerkleHash)>
    /// Every trade behind the last event that was read.
    private(set) var trades: [[UInt8]: TradeHistory] = [:]
    /// The first kept root that is not the log's.
    private(set) var rootProblem: String?
    let checkpointCount: Int

    init(_ storage: PosixStorage, checkpoints: [(sequence: UInt64, root: MerkleHash)]) {
        follower = TradeFollower(storage)
        tree = LogTree(recomputing: storage)
        self.checkpoints = checkpoints[...]
        checkpointCount = checkpoints.count
    }

    /// The root behind the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }

    mutating func next(upTo last: UInt64) throws(LedgerError) -> Event? {
        guard let (event, trade) = try follower.next(upTo: last) else {
            if let extra = checkpoints.first { note("there is a checkpoint at \(extra.sequence), behind the position") }
            return nil
        }
        trades[Array(event.body.tradeIDBytes)] = trade
        tree.append(event)
        if let checkpoint = checkpoints.first, checkpoint.sequence == event.sequence {
            checkpoints = checkpoints.dropFirst()
            if try root != checkpoint.root { note("the root at \(checkpoint.sequence) is not that of the log") }
        }
        return event
    }

    private mutating func note(_ problem: String) {
        rootProblem = rootProblem ?? problem
    }
}

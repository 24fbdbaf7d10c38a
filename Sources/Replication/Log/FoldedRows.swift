internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// The rows of `ledger.trades` that a log folds to, as it is read.
struct FoldedRows: ChunkSource, ~Copyable {
    /// The rows that a chunk of consecutive events produces.
    struct RowChunk: Sendable {
        /// The rows of trades that are not open after one of the events.
        let rows: BinaryRows
        let lastSequence: UInt64
    }

    private var follower: TradeFollower<PosixStorage, TradeHistory>
    private var tree: LogTree<PosixStorage>
    private let form: LedgerRows

    /// The largest number of events in a chunk.
    private static let eventCountMax = 2000

    /// Begins before the first event.
    init(_ storage: PosixStorage, _ form: LedgerRows) {
        self.form = form
        follower = TradeFollower(recomputing: storage)
        tree = LogTree(recomputing: storage)
    }

    /// Reads the next chunk, up to a durable sequence; nil once that is reached.
    mutating func read(_ last: UInt64) throws -> RowChunk? {
        var rows = BinaryRows()
        let start = tree.sequence
        while tree.sequence - start < Self.eventCountMax {
            var closed: TradeHistory?
            guard let event = try follower.next(upTo: last, read: { if !$0.isOpen { closed = $0 } }) else { break }
            tree.append(event)
            if let closed { try form.append(closed, to: &rows) }
        }
        return tree.sequence > start ? RowChunk(rows: rows, lastSequence: tree.sequence) : nil
    }

    /// The rows of the trades that are open after the last event that was read.
    func openRows() throws(PostgresError) -> BinaryRows {
        var rows = BinaryRows()
        for trade in follower.openTrades.values { try form.append(trade, to: &rows) }
        return rows
    }

    /// The root after the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }
}

internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
internal import TradeModel

/// The state of a log as it is read: the row of every trade, the root, and the time of the last event.
struct LogState: ChunkSource, ~Copyable {
    /// An event, and the root after it if that was requested.
    struct Step: Sendable {
        let event: Event
        let root: MerkleHash?
    }

    private var fold: HistoryFold
    private var tree: LogTree<PosixStorage>
    private let form: LedgerRows
    /// The events after which the root is requested, ascending, without those already passed.
    private var rootSequences: ArraySlice<UInt64>
    /// The rows of the trades that are not open, by the trade's id: few events change them once they are closed.
    private var settled: [[UInt8]: RowDigest] = [:]
    /// The totals after the last event that was read.
    private(set) var totals = PerformanceTotals()
    private var bookFold = BooksFold()
    /// When the ledger took the last event that was read; nil before any.
    private(set) var lastRecordedAt: Timestamp?

    /// Begins before the first event; the roots after the given sequences, which ascend, come with the events.
    init(_ storage: PosixStorage, _ form: LedgerRows, rootSequences: [UInt64]) {
        self.form = form
        self.rootSequences = rootSequences[...]
        fold = HistoryFold(recomputing: storage)
        tree = LogTree(recomputing: storage)
    }

    private static let chunkEventCountMax = 2000

    /// Reads the next events, up to a durable sequence; nil once that is reached.
    mutating func read(_ last: UInt64) throws -> [Step]? {
        var steps: [Step] = []
        while steps.count < Self.chunkEventCountMax {
            guard let event = try fold.next(upTo: last) else { break }
            bookFold.applyLast(of: fold, event)
            if let trade = fold.closed?.after {
                settled[Array(event.body.subjectBytes)] = RowDigest(try form.row(of: trade))
                totals.countChange(of: fold)
            }
            tree.append(event)
            lastRecordedAt = event.recordedAt
            rootSequences = rootSequences.drop { $0 < event.sequence }
            let isRootAskedFor = rootSequences.first == event.sequence
            steps.append(Step(event: event, root: isRootAskedFor ? try tree.root(at: event.sequence) : nil))
        }
        return steps.isEmpty ? nil : steps
    }

    /// The books after the last event that was read.
    var books: Books { bookFold.books }

    /// The root after the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }

    /// The root over the events up to one that was read.
    func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash { try tree.root(at: sequence) }

    /// The digest of every trade's row after the last event that was read, by the trade's id.
    func digests() throws(PostgresError) -> [[UInt8]: RowDigest] {
        var digests = settled
        for trade in fold.openTrades { digests[Array(trade.id.utf8)] = RowDigest(try form.row(of: trade)) }
        return digests
    }

    /// The row of one trade as it should be, for naming what differs; nil where there is no such trade.
    mutating func row(ofTrade id: [UInt8]) throws -> CopyRow? {
        guard let trade = try fold.history(of: id) else { return nil }
        return try form.row(of: trade)
    }
}

/// The rows of `ledger.trades` that a log folds to, as it is read, and the totals.
struct FoldedRows: ChunkSource, ~Copyable {
    /// The rows that a chunk of consecutive events produces.
    struct RowChunk: Sendable {
        /// The rows of trades that are not open after one of the events.
        let rows: BinaryRows
        let lastSequence: UInt64
    }

    private var fold: HistoryFold
    private var tree: LogTree<PosixStorage>
    private let form: LedgerRows
    /// The totals after the last event that was read.
    private(set) var totals = PerformanceTotals()
    private var bookFold = BooksFold()

    private static let eventCountMax = 2000

    /// Begins before the first event.
    init(_ storage: PosixStorage, _ form: LedgerRows) {
        self.form = form
        fold = HistoryFold(recomputing: storage)
        tree = LogTree(recomputing: storage)
    }

    /// Reads the next chunk, up to a durable sequence; nil once that is reached.
    mutating func read(_ last: UInt64) throws -> RowChunk? {
        var rows = BinaryRows()
        let start = tree.sequence
        while tree.sequence - start < Self.eventCountMax {
            guard let event = try fold.next(upTo: last) else { break }
            tree.append(event)
            bookFold.applyLast(of: fold, event)
            guard let trade = fold.closed?.after else { continue }
            try form.append(trade, to: &rows)
            totals.countChange(of: fold)
        }
        return tree.sequence > start ? RowChunk(rows: rows, lastSequence: tree.sequence) : nil
    }

    /// The rows of the trades that are open after the last event that was read.
    func openRows() throws(PostgresError) -> BinaryRows {
        var rows = BinaryRows()
        for trade in fold.openTrades { try form.append(trade, to: &rows) }
        return rows
    }

    /// The books after the last event that was read.
    var books: Books { bookFold.books }

    /// The root after the last event that was read.
    var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }
}

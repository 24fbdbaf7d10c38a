public import TradeModel

/// Reads a ledger in order and folds each event into its trade.
///
/// ```swift
/// let reader = try LedgerReader(opening: directory)
/// let last = try reader.durableSequence()
/// var fold = try reader.fold()
/// while let event = try fold.next(upTo: last) {
///     if let trade = fold.trade, trade.status != .open { print(event.body.subject, trade.figures.realizedPnL) }
/// }
/// ```
public struct TradeFold: ~Copyable {
    /// Of one storage, because another module would run a generic fold several times slower.
    private var follower: TradeFollower<PosixStorage>

    /// A fold that begins before the first event, and finds the events of closed trades by the ledger's index runs:
    /// memory does not grow with history.
    ///
    /// If a run is damaged, `next` and `events(ofTrade:)` throw `unusable`.
    package init(withRunsOf log: LogReader<PosixStorage>) throws(LedgerError) {
        follower = try TradeFollower(withRunsOf: log)
    }

    /// A fold that begins before the first event, and finds the events of closed trades by these runs, until it adopts
    /// others.
    package init(_ log: LogReader<PosixStorage>, _ runSet: RunSet<PosixStorage>) {
        follower = TradeFollower(log, runSet)
    }

    /// A fold that begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    package init(recomputing storage: PosixStorage) {
        follower = TradeFollower(recomputing: storage)
    }

    /// A fold that begins after what the ledger's newest snapshot covers.
    package init(continuing log: LogReader<PosixStorage>) throws(LedgerError) {
        follower = try TradeFollower(continuing: log)
    }

    /// The sequence of the event that comes next.
    public var nextSequence: UInt64 { follower.nextSequence }

    /// The next event, folded into its trade; nil after `limit`, a durable sequence.
    ///
    /// An event that was given up as damaged, and one that depends on it, changes no trade. O(1), except for an event
    /// of a trade that is not open, whose events are read again.
    ///
    /// Throws `damaged` with file and offset where acknowledged events cannot be read, or break a rule. After an error
    /// the fold is of no more use: begin another one.
    @discardableResult
    public mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? { try follower.next(upTo: limit) }

    /// The trade that the last event changed, after that event; nil where it changed none.
    public var trade: Trade? { follower.folding.trade }

    /// The trades that are open, by id, in no particular order.
    ///
    /// O(open trades).
    public var openTrades: [(id: String, trade: Trade)] {
        follower.folding.openTrades.map { (id: String(decoding: $0.id, as: UTF8.self), trade: $0.trade) }
    }

    /// How many trades are open.
    public var openCount: Int { follower.folding.openCount }

    /// Whether the last event is on record: neither lost nor skipped because it depends on a lost event.
    package var isOnRecord: Bool { follower.folding.isOnRecord }

    /// What the last event did, for a caller that keeps more of each trade, by slot.
    package var change: TradeChange { follower.folding.change }

    /// The slot of an open trade; nil where none of that id is open.
    package func slot(ofTrade id: [UInt8]) -> Int? { follower.folding.slot(ofTrade: id.span) }

    /// The last event that the index runs know: events after it take 16 bytes each in memory.
    package var coveredSequence: UInt64 { follower.folding.coveredSequence }

    /// Switches to runs that cover more, or as much in other files, and forgets what they cover.
    package mutating func adopt(_ runSet: RunSet<PosixStorage>) { follower.adopt(runSet) }

    /// The open trade in a slot.
    package func openTrade(in slot: Int) -> Trade { follower.folding.openTrade(in: slot) }

    /// The events of a trade up to the last event that was read, in order.
    package mutating func events(ofTrade id: [UInt8]) throws(LedgerError) -> [Event] {
        try follower.events(ofTrade: id[...])
    }
}

extension LedgerReader {
    /// A fold of the ledger from its first event on.
    ///
    /// Memory holds the open trades; the events of others are found by the ledger's index runs. If a run is damaged,
    /// the fold throws `unusable` and names the file. Remove it and open the ledger for writing, which builds it again.
    public func fold() throws(LedgerError) -> TradeFold { try TradeFold(withRunsOf: log) }
}

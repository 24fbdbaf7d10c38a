package import TradeModel

/// Reads a log in order and folds each event into its trade.
package struct TradeFollower<S: Storage>: ~Copyable {
    private var cursor: EventCursor<S>
    package private(set) var folding: TradeFolding<S>
    /// Where index runs are found, more of them as the log grows.
    private var runs: (storage: S, ledgerID: EventID)?

    /// How many events are read before it looks for new runs.
    private static var runStride: UInt64 { 1 << 17 }

    /// Begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    package init(recomputing storage: S) {
        cursor = EventCursor(storage, from: 1)
        folding = TradeFolding(recomputing: storage)
    }

    /// Begins before the first event, and finds the events of closed trades by the ledger's index runs: memory does
    /// not grow with history.
    ///
    /// A run that is damaged makes `next` and `events` throw `unusable`.
    package init(withRunsOf log: LogReader<S>) throws(LedgerError) {
        cursor = EventCursor(log.storage, from: 1, of: log.ledgerID)
        folding = TradeFolding(log.storage, of: log.ledgerID, try RunSet(log.storage, of: log.ledgerID))
        runs = (log.storage, log.ledgerID)
    }

    /// Begins before the first event, and finds the events of closed trades by these runs, until it adopts others.
    init(_ log: LogReader<S>, _ runSet: RunSet<S>) {
        cursor = EventCursor(log.storage, from: 1, of: log.ledgerID)
        folding = TradeFolding(log.storage, of: log.ledgerID, runSet)
    }

    /// Begins after what the ledger's newest snapshot covers.
    package init(continuing log: LogReader<S>) throws(LedgerError) {
        let start = try LogStart(log.storage, log.ledgerID)
        cursor = EventCursor(log.storage, from: (start.snapshot?.end.sequence ?? 0) + 1, of: log.ledgerID)
        folding = TradeFolding(log.storage, of: log.ledgerID, start)
    }

    /// The sequence of the event that comes next.
    package var nextSequence: UInt64 { cursor.nextSequence }

    /// The events of a trade up to the last event, in order.
    mutating func events(ofTrade id: ArraySlice<UInt8>) throws(LedgerError) -> [Event] {
        try folding.events(ofTrade: id, before: nextSequence)
    }

    /// The next event; nil after `limit`, the last sequence known to be durable.
    @discardableResult
    package mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? {
        guard let event = try cursor.next(upTo: limit) else { return nil }
        if let place = cursor.takeFramePlace() { folding.note(place) }
        try folding.apply(event)
        if event.sequence.isMultiple(of: Self.runStride) { try lookForRuns() }
        return event
    }

    private mutating func lookForRuns() throws(LedgerError) {
        guard let runs else { return }
        adopt(try RunSet(runs.storage, of: runs.ledgerID))
    }

    /// Switches to runs that cover more, or as much in other files, and forgets what they cover.
    mutating func adopt(_ runSet: RunSet<S>) {
        // While a writer merges runs, a listing may find fewer than before.
        if runSet.lastSequence >= folding.coveredSequence { folding.adopt(runSet) }
    }
}

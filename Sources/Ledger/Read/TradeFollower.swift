package import TradeModel

/// Reads a log in order and folds each event into its trade; every projection is built on it.
package struct TradeFollower<S: Storage, Fold: TradeFold>: ~Copyable {
    private var cursor: EventCursor<S>
    private var folding: TradeFolding<S, Fold>
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
    /// A run that is damaged makes `next` and `trade` throw `unusable`.
    package init(withRunsOf log: LogReader<S>) throws(LedgerError) {
        cursor = EventCursor(log.storage, from: 1, of: log.ledgerID)
        folding = TradeFolding(log.storage, of: log.ledgerID, try RunSet(log.storage, of: log.ledgerID))
        runs = (log.storage, log.ledgerID)
    }

    /// The sequence of the event that comes next.
    package var nextSequence: UInt64 { cursor.nextSequence }

    /// The trades that are open, by id.
    package var openTrades: [[UInt8]: Fold] { folding.openTrades }

    /// How many trades are open.
    package var openCount: Int { folding.openCount }

    /// The trade of an id after the last event, folded again from the log unless it is open; nil where there is none.
    package mutating func trade(_ id: [UInt8]) throws(LedgerError) -> Fold? {
        try folding.trade(id, before: nextSequence)
    }

    /// Events that were given up as damaged, so far.
    package var lostCount: UInt64 { folding.lostCount }

    /// Events that were skipped because they depend on lost events, so far.
    package var leftOutCount: UInt64 { folding.leftOutCount }

    /// The next event; nil after `limit`, the last sequence known to be durable.
    ///
    /// Passes the resulting trade to `read` if the event is about one and was not skipped.
    @discardableResult
    package mutating func next(upTo limit: UInt64, read: (Fold) -> Void = { _ in }) throws(LedgerError) -> Event? {
        guard let event = try cursor.next(upTo: limit) else { return nil }
        if let place = cursor.framePlace { folding.note(firstSequence: place.firstSequence, at: place.position) }
        try folding.apply(event, read: read)
        if event.sequence.isMultiple(of: Self.runStride) { try lookForRuns() }
        return event
    }

    private mutating func lookForRuns() throws(LedgerError) {
        guard let runs else { return }
        let runSet = try RunSet(runs.storage, of: runs.ledgerID)
        // While a writer merges runs, a listing may find fewer than before.
        if runSet.lastSequence > folding.coveredSequence { folding.adopt(runSet) }
    }
}

extension TradeFollower where Fold == Trade {
    /// Begins after what the ledger's newest snapshot covers.
    package init(continuing log: LogReader<S>) throws(LedgerError) {
        let start = try LogStart(log.storage, log.ledgerID)
        cursor = EventCursor(log.storage, from: (start.snapshot?.sequence ?? 0) + 1, of: log.ledgerID)
        folding = TradeFolding(log.storage, of: log.ledgerID, start)
    }
}

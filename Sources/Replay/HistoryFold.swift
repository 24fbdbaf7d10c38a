package import Ledger
package import Projections
package import TradeModel

/// Reads a ledger in order and folds each event into its trade as people query it.
package struct HistoryFold: ~Copyable {
    private var fold: TradeFold
    /// By the slots of the open trades.
    private var remarks: [TradeRemarks] = []
    /// The trade that the last event changed, if it is not open after the event; and the same trade before the event,
    /// if it was not open then either.
    private var closed: (after: TradeHistory?, before: TradeHistory?)

    /// Begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    package init(recomputing storage: PosixStorage) { fold = TradeFold(recomputing: storage) }

    /// Begins before the first event, and finds the events of closed trades by the ledger's index runs: memory does not
    /// grow with history.
    ///
    /// A run that is damaged makes `next` and `history(of:)` throw `unusable`.
    package init(withRunsOf log: LogReader<PosixStorage>) throws(LedgerError) { fold = try TradeFold(withRunsOf: log) }

    /// The sequence of the event that comes next.
    package var nextSequence: UInt64 { fold.nextSequence }

    /// The next event; nil after `limit`, a durable sequence.
    package mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? {
        guard let event = try fold.next(upTo: limit) else { return nil }
        closed = (nil, nil)
        switch fold.change {
        case .none: break
        case .open(let slot):
            if slot == remarks.count {
                remarks.append(TradeRemarks(opening: event))
            } else if event.body.type == .opened {
                remarks[slot] = TradeRemarks(opening: event)
            } else {
                remarks[slot].apply(event)
            }
        case .ended(let slot, let trade):
            remarks.swapAt(slot, remarks.count - 1)
            var ended = remarks.removeLast()
            ended.apply(event)
            closed.after = TradeHistory(trade, ended)
        case .settled(let trade, let before, let earlierEvents):
            guard var remarks = Self.remarks(of: earlierEvents) else {
                preconditionFailure("the earlier events open the trade")
            }
            closed.before = TradeHistory(before, remarks)
            remarks.apply(event)
            closed.after = TradeHistory(trade, remarks)
        }
        return event
    }

    /// The trade that the last event changed; nil where it changed none.
    package var history: TradeHistory? {
        guard case .open(let slot) = fold.change else { return closed.after }
        return TradeHistory(fold.openTrade(in: slot), remarks[slot])
    }

    /// The trade that the last event changed; nil if that trade is open, or if the event changed none.
    package var settled: TradeHistory? { closed.after }

    /// The trade that the last event changed, as it was before the event; nil unless it was closed or voided then.
    package var settledBefore: TradeHistory? { closed.before }

    /// The trades that are open, in no particular order.
    package var openTrades: [TradeHistory] {
        remarks.indices.map { TradeHistory(fold.openTrade(in: $0), remarks[$0]) }
    }

    /// The trade of an id after the last event, folded again from the log; nil where there is none.
    package mutating func history(of id: [UInt8]) throws(LedgerError) -> TradeHistory? {
        let events = try fold.events(ofTrade: id)
        guard let trade = try SubjectState.fold(events) else { return nil }
        return Self.remarks(of: events).map { TradeHistory(trade, $0) }
    }

    private static func remarks(of events: [Event]) -> TradeRemarks? {
        var remarks: TradeRemarks?
        for event in events {
            if event.body.type == .opened { remarks = TradeRemarks(opening: event) } else { remarks?.apply(event) }
        }
        return remarks
    }
}

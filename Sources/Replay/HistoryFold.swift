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
    /// The earlier events of what the last event is about, if that is no trade and the log does not hold it open.
    package private(set) var earlierEvents: [Event] = []
    /// What the last event moves; nil where it is about no trade, or is not on record.
    package private(set) var step: TradeStep?
    /// Every halt, for the trades that are opened during one.
    private var halts = HaltFold()

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
        (closed, step, earlierEvents) = ((nil, nil), nil, [])
        if fold.isOnRecord { halts.apply(event) }
        switch fold.change {
        case .none: break
        case .noTrade(let earlier): earlierEvents = earlier
        case .open(let slot):
            let trade = fold.openTrade(in: slot)
            if event.body.type == .opened {
                let isDuringHalt = halts.areInForce(for: event.body)
                let opened = TradeRemarks(opening: event, trade, isDuringHalt: isDuringHalt)
                if slot == remarks.count { remarks.append(opened) } else { remarks[slot] = opened }
            } else {
                remarks[slot].apply(event, trade)
            }
            step = remarks[slot].step
        case .ended(let slot, let trade):
            remarks.swapAt(slot, remarks.count - 1)
            var ended = remarks.removeLast()
            ended.apply(event, trade)
            step = ended.step
            closed.after = TradeHistory(trade, ended)
        case .settled(let trade, let before, let earlierEvents):
            guard var remarks = Self.history(of: earlierEvents, halts)?.remarks else {
                preconditionFailure("the earlier events open the trade")
            }
            closed.before = TradeHistory(before, remarks)
            remarks.apply(event, trade)
            step = remarks.step
            closed.after = TradeHistory(trade, remarks)
        }
        return event
    }

    /// Whether the last event is on record: neither lost nor skipped because it depends on a lost event.
    package var isOnRecord: Bool { fold.isOnRecord }

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
        Self.history(of: try fold.events(ofTrade: id), halts)
    }

    /// The trade that these events make, which broke no rule; nil where there are none.
    private static func history(of events: [Event], _ halts: HaltFold) -> TradeHistory? {
        var history: TradeHistory?
        for event in events {
            do throws(Rejection) {
                if event.body.type == .opened {
                    let isDuringHalt = halts.wereInForce(for: event.body, at: event.sequence)
                    history = try TradeHistory(opening: event, isDuringHalt: isDuringHalt)
                } else {
                    try history?.apply(event)
                }
            } catch {
                preconditionFailure("the fold took these events in: \(error.message)")
            }
        }
        return history
    }
}

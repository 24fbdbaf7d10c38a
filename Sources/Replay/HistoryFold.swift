package import Ledger
package import Projections
package import TradeModel

/// Reads a ledger in order and folds each event into its trade as people query it.
package struct HistoryFold: ~Copyable {
    private var fold: TradeFold
    /// By the slots of the open trades.
    private var remarks: [TradeRemarks] = []
    /// The trade that the last event changed, if it is not open after the event.
    package private(set) var closed: ClosedTrade?
    /// The earlier events of what the last event is about, if that is no trade and the log does not hold it open.
    package private(set) var earlierEvents: [Event] = []
    /// Every halt, for the trades that are opened during one.
    private var halts = HaltFold()

    /// Begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    package init(recomputing storage: PosixStorage) { fold = TradeFold(recomputing: storage) }

    /// Begins before the first event, and finds the events of closed trades by the ledger's index runs: memory does not
    /// grow with history.
    ///
    /// A run that is damaged makes `next` and `history(of:)` throw `unusable`.
    package init(withRunsOf log: LogReader<PosixStorage>) throws(LedgerError) { fold = try TradeFold(withRunsOf: log) }

    /// Begins before the first event, and finds the events of closed trades by these runs, until it adopts others.
    ///
    /// A run that is damaged makes `next` and `history(of:)` throw `unusable`.
    package init(_ log: LogReader<PosixStorage>, _ runSet: RunSet<PosixStorage>) { fold = TradeFold(log, runSet) }

    /// The last event that the index runs know: events after it take 16 bytes each in memory.
    package var coveredSequence: UInt64 { fold.coveredSequence }

    /// Switches to runs that cover more, or as much in other files, and forgets what they cover.
    package mutating func adopt(_ runSet: RunSet<PosixStorage>) { fold.adopt(runSet) }

    /// The sequence of the event that comes next.
    package var nextSequence: UInt64 { fold.nextSequence }

    /// The next event; nil after `limit`, a durable sequence.
    package mutating func next(upTo limit: UInt64) throws(LedgerError) -> Event? {
        guard let event = try fold.next(upTo: limit) else { return nil }
        (closed, earlierEvents) = (nil, [])
        if fold.isOnRecord { halts.apply(event) }
        switch fold.change {
        case .none: break
        case .noTrade(let earlier): earlierEvents = earlier
        case .open(let slot):
            guard event.body.type == .opened else {
                remarks[slot].apply(event)
                break
            }
            let opened = TradeRemarks(opening: event, isDuringHalt: halts.areInForce(for: event.body))
            if slot == remarks.count { remarks.append(opened) } else { remarks[slot] = opened }
        case .ended(let slot, let trade):
            remarks.swapAt(slot, remarks.count - 1)
            var ended = remarks.removeLast()
            ended.apply(event)
            closed = ClosedTrade(TradeHistory(trade, ended), before: nil)
        case .settled(let trade, let before, let earlierEvents):
            guard var remarks = Self.history(of: earlierEvents, halts)?.remarks else {
                preconditionFailure("the earlier events open the trade")
            }
            let historyBefore = TradeHistory(before, remarks)
            remarks.apply(event)
            closed = ClosedTrade(TradeHistory(trade, remarks), before: historyBefore)
        }
        return event
    }

    /// Whether the last event is on record: neither lost nor skipped because it depends on a lost event.
    package var isOnRecord: Bool { fold.isOnRecord }

    /// What the last event changed.
    package var change: TradeChange { fold.change }

    /// The state of the open trade in a slot.
    package func openTrade(in slot: Int) -> Trade { fold.openTrade(in: slot) }

    /// The trade that the last event changed; nil where it changed none.
    package var history: TradeHistory? {
        guard case .open(let slot) = fold.change else { return closed?.after }
        return TradeHistory(fold.openTrade(in: slot), remarks[slot])
    }

    /// The trades that are open, in no particular order.
    package var openTrades: [TradeHistory] {
        remarks.indices.map { TradeHistory(fold.openTrade(in: $0), remarks[$0]) }
    }

    /// The events of a trade up to the last event that was read, in order.
    package mutating func events(ofTrade id: [UInt8]) throws(LedgerError) -> [Event] {
        try fold.events(ofTrade: id)
    }

    /// The trade of an id after the last event; nil where there is none.
    ///
    /// O(1) for an open trade; any other is folded again from its events in the log.
    package mutating func history(of id: [UInt8]) throws(LedgerError) -> TradeHistory? {
        if let slot = fold.slot(ofTrade: id) { return TradeHistory(fold.openTrade(in: slot), remarks[slot]) }
        return Self.history(of: try fold.events(ofTrade: id), halts)
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

/// A trade that is closed or voided after an event, and what it was before if it was closed or voided then too.
///
/// A class, because most events close no trade, and an empty place for two trades would be copied at each one.
package final class ClosedTrade {
    package let after: TradeHistory
    package let before: TradeHistory?

    fileprivate init(_ after: TradeHistory, before: TradeHistory?) { (self.after, self.before) = (after, before) }
}

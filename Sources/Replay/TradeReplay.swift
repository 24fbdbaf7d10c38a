public import Ledger
public import Projections
public import TradeModel

/// Folds the log into trades without a database: what the ledger knew at a moment.
public struct TradeReplay {
    let reader: LedgerReader

    /// A replay of the ledger.
    public init(_ reader: LedgerReader) {
        self.reader = reader
    }

    /// Every trade as it was known at a moment, in the order in which they were opened.
    ///
    /// O(events), and memory for every trade.
    public func trades(asOf moment: Moment = .now) throws -> [TradeHistory] {
        var trades: [UInt64: TradeHistory] = [:]
        try visitTrades(to: try moment.lastSequence(reader)) { trades[$0.trade.firstSequence] = $0 }
        return trades.values.sorted { $0.trade.firstSequence < $1.trade.firstSequence }
    }

    /// Visits every trade that has one of some durable events, in no certain order: perhaps several times, the last
    /// time as of the last event; `onEvent` is called for each event read, for progress.
    ///
    /// O(events), and memory for the trades that are open. A damaged index run costs time, and 16 bytes an event.
    package func visitTrades(
        from first: UInt64 = 1,
        to last: UInt64,
        onEvent: () -> Void = {},
        _ visit: (TradeHistory) throws -> Void
    ) throws {
        do {
            try visitTrades(of: HistoryFold(withRunsOf: reader.log), from: first, to: last, onEvent, visit)
        } catch let error as LedgerError {
            guard error.code == .unusable else { throw error }
            try visitTrades(of: HistoryFold(recomputing: reader.log.storage), from: first, to: last, onEvent, visit)
        }
    }

    private func visitTrades(
        of fold: consuming HistoryFold,
        from first: UInt64,
        to last: UInt64,
        _ onEvent: () -> Void,
        _ visit: (TradeHistory) throws -> Void
    ) throws {
        while let event = try fold.next(upTo: last) {
            onEvent()
            if event.sequence >= first, let settled = fold.closed?.after { try visit(settled) }
        }
        for trade in fold.openTrades where trade.trade.lastSequence >= first {
            try visit(trade)
        }
    }

    /// The events of one trade in order, each with the resulting trade; none where there is no such trade.
    ///
    /// O(events of the trade), and what was appended since the last segment was finished; O(events) for a trade of
    /// which events were given up.
    public func timeline(of id: String) throws(LedgerError) -> [(event: Event, trade: TradeHistory)] {
        try timeline(of: id, upTo: try reader.durableSequence())
    }

    /// The story of one trade: its events, and those of the orders, decisions and predictions that belong to it; nil
    /// where there is no such trade.
    ///
    /// O(events), because no index says which orders and decisions name a trade. The log is read once, and a second
    /// time if an order or a decision belongs to the story that the trade itself does not name. Memory holds the story.
    public func story(of id: String) throws(LedgerError) -> TradeStory? {
        let last = try reader.durableSequence()
        let timeline = try timeline(of: id, upTo: last)
        guard let first = timeline.first else { return nil }
        var halts = HaltFold()
        var members = StoryMembers(of: timeline)
        var (others, knownCount) = ([Event](), 0)
        repeat {
            // What was found last may belong to events that were read before it.
            (others, knownCount) = ([], members.leadingCount)
            halts = HaltFold()
            var cursor = reader.log.cursor(from: 1)
            while let event = try cursor.next(upTo: last, ofType: { StoryMembers.canHave($0) || $0.isAboutScope }) {
                halts.apply(event)
                if members.include(event) { others.append(event.copied()) }
            }
        } while members.leadingCount > knownCount
        let isDuringHalt = halts.wereInForce(for: first.event.body, at: first.event.sequence)
        return TradeStory(timeline.map { ($0.event, $0.trade.opened(duringHalt: isDuringHalt)) }, others)
    }

    private func timeline(
        of id: String,
        upTo last: UInt64
    ) throws(LedgerError) -> [(event: Event, trade: TradeHistory)] {
        let events = try reader.events(ofTrade: id, to: last)
        if let timeline = timeline(events) { return timeline }
        // Only the whole log shows which events depend on one that was given up.
        return try timelineOfWholeLog(of: id, upTo: last)
    }

    /// The events, each with the resulting trade; nil if they do not fit together.
    private func timeline(_ events: [Event]) -> [(event: Event, trade: TradeHistory)]? {
        var timeline: [(event: Event, trade: TradeHistory)] = []
        for event in events {
            guard (event.body.type == .opened) == timeline.isEmpty else { return nil }
            do throws(Rejection) {
                var trade: TradeHistory
                if let last = timeline.last {
                    trade = last.trade
                    try trade.apply(event)
                } else {
                    trade = try TradeHistory(opening: event)
                }
                timeline.append((event: event, trade: trade))
            } catch {
                return nil
            }
        }
        return timeline
    }

    private func timelineOfWholeLog(
        of id: String,
        upTo last: UInt64
    ) throws(LedgerError) -> [(event: Event, trade: TradeHistory)] {
        var timeline: [(event: Event, trade: TradeHistory)] = []
        var fold = HistoryFold(recomputing: reader.log.storage)
        while let event = try fold.next(upTo: last) {
            // By bytes: strings are also equal where Unicode composes them differently.
            guard event.body.subjectBytes.elementsEqual(id.utf8), let trade = fold.history else { continue }
            timeline.append((event: event.copied(), trade: trade))
        }
        return timeline
    }

    /// How many trades are open.
    ///
    /// O(events after the newest snapshot).
    public func openTradeCount() throws(LedgerError) -> Int {
        let durable = try reader.durableSequence()
        var fold = try TradeFold(continuing: reader.log)
        while try fold.next(upTo: durable) != nil {}
        return fold.openCount
    }
}

/// A point in the history of a ledger, up to which events count.
public enum Moment: Hashable, Sendable {
    /// Everything that is durable.
    case now
    /// Events that the ledger took at this time or before.
    case time(Timestamp)
    /// Events up to and with this sequence.
    case sequence(UInt64)

    /// The last event that counts at this moment, of those that are durable; 0 where none does.
    package func lastSequence(_ reader: LedgerReader) throws(LedgerError) -> UInt64 {
        let durable = try reader.durableSequence()
        return switch self {
        case .now: durable
        case .time(let time): try reader.log.lastSequence(recordedUpTo: time, durable: durable)
        case .sequence(let sequence): min(sequence, durable)
        }
    }
}

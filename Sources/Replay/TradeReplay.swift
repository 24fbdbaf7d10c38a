public import Ledger
public import Projections
public import TradeModel

/// Folds the log into trades, offline: what the ledger knew at a moment.
public struct TradeReplay {
    private let reader: LedgerReader

    /// A replay of the ledger.
    public init(_ reader: LedgerReader) {
        self.reader = reader
    }

    /// Every trade as it was known at a moment, in the order in which they were opened.
    ///
    /// O(events), and memory for every trade.
    public func trades(asOf moment: Moment = .now) throws(LedgerError) -> [TradeHistory] {
        var trades: [[UInt8]: TradeHistory] = [:]
        try fold(moment) { trades[Array($0.body.tradeIDBytes)] = $1 }
        return trades.values.sorted { $0.trade.firstSequence < $1.trade.firstSequence }
    }

    /// The events of one trade in order, each with the trade behind it; none where there is no such trade.
    ///
    /// O(events).
    public func timeline(of id: String) throws(LedgerError) -> [(event: Event, trade: TradeHistory)] {
        var events: [(event: Event, trade: TradeHistory)] = []
        try fold(.now) { if $0.body.tradeIDBytes.elementsEqual(id.utf8) { events.append((event: $0, trade: $1)) } }
        return events
    }

    /// How many trades are open.
    ///
    /// O(events), without memory for the closed ones.
    public func openTradeCount() throws(LedgerError) -> Int {
        let durable = try reader.durableSequence()
        var follower = TradeFollower<PosixStorage, Trade>(reader.log.storage)
        while try follower.next(upTo: durable) != nil {}
        return follower.openCount
    }

    /// Visits each event that counts at a moment, with its trade behind it.
    private func fold(_ moment: Moment, _ visit: (Event, TradeHistory) -> Void) throws(LedgerError) {
        let last = try moment.lastSequence(reader)
        var follower = TradeFollower<PosixStorage, TradeHistory>(reader.log.storage)
        while let (event, trade) = try follower.next(upTo: last) {
            if let trade { visit(event, trade) }
        }
    }
}

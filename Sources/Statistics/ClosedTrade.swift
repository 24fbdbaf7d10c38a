package import TradeModel

/// What a median, the streaks and the drawdown need of one closed trade: 56 bytes, without any text.
package struct ClosedTrade: Hashable, Sendable {
    /// When it was opened, in microseconds since 1970.
    package let openedAt: Int64
    /// When it was closed, in microseconds since 1970.
    package let closedAt: Int64
    /// The sequence of its open.
    package let firstSequence: UInt64
    /// The sequence of its close.
    package let closeSequence: UInt64
    /// What it has realized, in the currency of its set.
    package internal(set) var pnl: Decimal
    /// The number of its ledger, from 0, in the order in which the ledgers were given.
    package let ledger: UInt16
    /// The number of the set of trades that it counts in.
    package internal(set) var set: UInt32

    /// The set of a trade that was voided.
    package static let noSet = UInt32.max

    /// A trade that is closed, with its figures; nil where it is open or voided.
    package init?(_ trade: Trade, _ figures: TradeFigures, ledger: UInt16, set: UInt32) {
        guard trade.status == .closed, let closedAt = trade.closedAt, let closeSequence = trade.closeSequence
        else { return nil }
        self.openedAt = trade.openedAt.microsecondsSince1970
        self.closedAt = closedAt.microsecondsSince1970
        self.firstSequence = trade.firstSequence
        self.closeSequence = closeSequence
        self.pnl = figures.realizedPnL
        self.ledger = ledger
        self.set = set
    }

    /// In the order of figures: by the time of the close, then by its sequence.
    package static func isBefore(_ left: ClosedTrade, _ right: ClosedTrade) -> Bool {
        (left.closedAt, left.closeSequence, left.ledger) < (right.closedAt, right.closeSequence, right.ledger)
    }
}

/// The closed trades of one ledger after the other, each ledger's in the order of the sequences of their closes.
///
/// A trade costs 56 bytes (`MemoryLayout<ClosedTrade>.stride`).
package struct ClosedTrades: Sendable {
    /// The trades.
    package private(set) var all: [ClosedTrade] = []
    /// Where those of the ledger begin that is read now.
    private var ledgerStart = 0

    /// No trade.
    package init() {}

    /// Begins with the trades of another ledger, whose sequences begin again.
    package mutating func beginLedger() { ledgerStart = all.count }

    /// Gives the trades away; none is left.
    package mutating func take() -> [ClosedTrade] {
        let taken = all
        all = []
        return taken
    }

    /// Adds a trade of the current ledger that was closed by the last event.
    package mutating func append(_ trade: ClosedTrade) { all.append(trade) }

    /// Replaces a trade of the current ledger that was closed before by its state after a later event; nil for `after`
    /// takes it out of every set.
    ///
    /// O(log trades).
    package mutating func replace(_ closeSequence: UInt64, by after: ClosedTrade?) {
        var (low, high) = (ledgerStart, all.count)
        while low < high {
            let middle = low + (high - low) / 2
            if all[middle].closeSequence < closeSequence { low = middle + 1 } else { high = middle }
        }
        guard low < all.count, all[low].closeSequence == closeSequence else { return }
        if let after { all[low] = after } else { all[low].set = ClosedTrade.noSet }
    }
}

package import Ledger
package import Projections
package import Statistics
package import TradeModel

/// Folds logs into the figures of their trades, in one pass over each log.
package struct PerformanceReplay {
    private let readers: [LedgerReader]
    private let moment: Moment

    /// How far a ledger was read.
    package struct Position: Sendable {
        /// The ledger.
        package let ledgerID: EventID
        /// Its name; nil where it has none.
        package let name: LedgerName?
        /// The last event that counts.
        package let lastSequence: UInt64
        /// The root of the log up to that event.
        package let root: MerkleHash
    }

    /// A replay of one ledger or more, as they were known at a moment.
    package init(_ readers: [LedgerReader], asOf moment: Moment = .now) {
        self.readers = readers
        self.moment = moment
    }

    /// How many events are read.
    package func eventCount() throws(LedgerError) -> UInt64 {
        var count: UInt64 = 0
        for reader in readers { count += try moment.lastSequence(reader) }
        return count
    }

    /// The figures of every set of trades, the tables of groups, and how far each ledger was read.
    ///
    /// `onEvent` is called for each event read.
    ///
    /// O(events). Memory holds the open trades and what `PerformanceFold` says. A damaged index run costs time, and
    /// 16 bytes an event.
    package func figures(
        _ query: PerformanceQuery,
        onEvent: () -> Void = {}
    ) throws(LedgerError) -> (figures: [SetFigures], tables: [GroupTable], positions: [Position]) {
        var fold = PerformanceFold(query)
        var positions: [Position] = []
        for reader in readers {
            let last = try moment.lastSequence(reader)
            try Self.withFold(reader) { (history) throws(LedgerError) in
                var next = fold
                try Self.take(history, upTo: last, into: &next, onEvent)
                fold = next
            }
            let tree = try LogTree(reader.log.storage, reader.ledgerID, upTo: last)
            positions.append(try Self.position(reader, consume tree, last))
        }
        let tables = fold.tables
        var figures = (consume fold).figures()
        for index in figures.indices { try nameLargestTrades(&figures[index]) }
        return (figures, tables, positions)
    }

    private static func position(
        _ reader: LedgerReader,
        _ tree: consuming LogTree<PosixStorage>,
        _ last: UInt64
    ) throws(LedgerError) -> Position {
        try tree.advance(to: last)
        let root = try tree.root(at: last)
        return Position(ledgerID: reader.ledgerID, name: try reader.name(), lastSequence: last, root: root)
    }

    private static func take(
        _ history: consuming HistoryFold,
        upTo last: UInt64,
        into fold: inout PerformanceFold,
        _ onEvent: () -> Void
    ) throws(LedgerError) {
        while let event = try history.next(upTo: last) {
            onEvent()
            guard history.isOnRecord else { continue }
            // Only marks need a trade while it is open.
            let trade = fold.query.isMarked ? history.history : history.closed?.after
            let before = history.closed?.before
            try fold.apply(event, trade, before: before) { () throws(LedgerError) in
                try history.events(ofTrade: Array(event.body.subjectBytes))
            }
        }
        fold.finishLedger(history.openTrades)
    }

    /// Folds a ledger by its index runs, or by its segments alone where a run is damaged.
    private static func withFold(
        _ reader: LedgerReader,
        _ body: (consuming HistoryFold) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        do throws(LedgerError) {
            try body(HistoryFold(withRunsOf: reader.log))
        } catch {
            guard error.code == .unusable else { throw error }
            try body(HistoryFold(recomputing: reader.log.storage))
        }
    }

    /// The equity of each day.
    ///
    /// O(events), and memory for the open trades and for each day that has a movement.
    package func dailyEquity() throws(LedgerError) -> DailyEquity {
        var equity = DailyEquity()
        for reader in readers {
            let last = try moment.lastSequence(reader)
            var ofLedger = equity
            try Self.withFold(reader) { (history) throws(LedgerError) in
                ofLedger = try Self.dailyEquity(history, upTo: last, after: equity)
            }
            equity = ofLedger
        }
        return equity
    }

    private static func dailyEquity(
        _ history: consuming HistoryFold,
        upTo last: UInt64,
        after earlier: DailyEquity
    ) throws(LedgerError) -> DailyEquity {
        var equity = earlier
        while let event = try history.next(upTo: last) {
            if history.isOnRecord { equity.apply(event, history.closed?.after, before: history.closed?.before) }
        }
        equity.finish(history.openTrades)
        return equity
    }

    private func nameLargestTrades(_ figures: inout SetFigures) throws(LedgerError) {
        let largest = figures.largestTrades
        figures.largestTradeIDs = (win: try tradeID(largest.win), loss: try tradeID(largest.loss))
    }

    private func tradeID(_ open: (ledger: Int, sequence: UInt64)?) throws(LedgerError) -> String? {
        guard let open else { return nil }
        var cursor = readers[open.ledger].log.cursor(from: open.sequence)
        return try cursor.next(upTo: open.sequence)?.body.subject
    }
}

/// A trade whose figures a later event changed.
package struct TradeCorrection: Sendable {
    /// The trade as it counted at the earlier moment.
    package let before: TradeHistory
    /// The trade as it is known now.
    package fileprivate(set) var after: TradeHistory

    /// What totals counted it as at the earlier moment.
    package var pnlBefore: Decimal { Self.countedPnL(before) }
    /// What totals count it as today: 0 if it was voided.
    package var pnlAfter: Decimal { Self.countedPnL(after) }

    private static func countedPnL(_ history: TradeHistory) -> Decimal {
        history.trade.status == .closed ? history.trade.realizedPnL : .zero
    }
}

extension PerformanceReplay {
    /// The trades closed by the earlier moment whose P&L or status later events changed, in the order of figures.
    ///
    /// O(events), and memory for the trades that are open and those that were corrected.
    package func corrections(
        since earlier: Moment,
        onEvent: () -> Void = {}
    ) throws(LedgerError) -> [TradeCorrection] {
        var corrections: [TradeCorrection] = []
        for reader in readers {
            let last = try moment.lastSequence(reader)
            let known = try earlier.lastSequence(reader)
            var changed: [UInt64: TradeCorrection] = [:]
            try Self.withFold(reader) { (history) throws(LedgerError) in
                changed = try Self.corrections(history, after: known, upTo: last, onEvent)
            }
            corrections += changed.values
        }
        return corrections.filter { $0.pnlBefore != $0.pnlAfter || $0.after.trade.status == .voided }
            .sorted { Self.isBefore($0.before.trade, $1.before.trade) }
    }

    private static func corrections(
        _ history: consuming HistoryFold,
        after known: UInt64,
        upTo last: UInt64,
        _ onEvent: () -> Void
    ) throws(LedgerError) -> [UInt64: TradeCorrection] {
        var changed: [UInt64: TradeCorrection] = [:]
        while let event = try history.next(upTo: last) {
            onEvent()
            guard event.sequence > known, let after = history.closed?.after, let before = history.closed?.before,
                let close = before.trade.closeSequence, close <= known
            else { continue }
            changed[close, default: TradeCorrection(before: before, after: after)].after = after
        }
        return changed
    }

    private static func isBefore(_ left: Trade, _ right: Trade) -> Bool {
        (left.closedAt ?? .min, left.closeSequence ?? 0) < (right.closedAt ?? .min, right.closeSequence ?? 0)
    }
}

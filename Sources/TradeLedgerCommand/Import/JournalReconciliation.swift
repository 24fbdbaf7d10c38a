internal import Ledger
internal import Projections
internal import Replay
internal import TradeModel

/// Compares the trades of the journal with those of the ledger, after an import.
struct JournalReconciliation {
    /// What both sides say about closed trades in one quote currency.
    struct Totals {
        private(set) var tradeCount = 0
        private(set) var journal = ExactSum()
        private(set) var ledger = ExactSum()

        fileprivate mutating func add(_ journal: Decimal, _ ledger: Decimal) {
            tradeCount += 1
            self.journal.add(journal)
            self.ledger.add(ledger)
        }
    }

    /// A trade about which they disagree.
    struct Difference {
        let trade: ByteText
        let file: ByteText
        let message: String
        let journal: Decimal?
        let ledger: Decimal
    }

    /// By the bot's formula.
    private(set) var totals: [ByteText: Totals] = [:]
    /// By what the bot wrote, over the trades of which it wrote a result.
    private(set) var statedTotals: [ByteText: Totals] = [:]
    /// The trades about which they disagree, in the order of their files.
    private(set) var differences: [Difference] = []
    /// The trades with a price in the journal, those of them in the ledger, and how many are open on each side.
    private(set) var journalCount = 0
    private(set) var ledgerCount = 0
    private(set) var journalOpenCount = 0
    private(set) var ledgerOpenCount = 0

    /// What the ledger has of one trade.
    private struct Side {
        let status: Trade.Status
        let result: Decimal
    }

    /// Reads the ledger once.
    init(_ table: borrowing JournalTable, _ reader: LedgerReader) throws {
        var sides = [Side?](repeating: nil, count: table.entries.count)
        try TradeReplay(reader).visitTrades(to: try reader.durableSequence()) { history in
            guard let index = table.index(of: ByteText(history.id)) else { return }
            sides[index] = Side(status: history.trade.status, result: history.trade.realizedPnL)
        }
        for (entry, side) in zip(table.entries, sides) {
            if let difference = compare(entry, side) { differences.append(difference) }
        }
    }

    /// Counts a trade, and returns what differs.
    private mutating func compare(_ entry: JournalEntry, _ side: Side?) -> Difference? {
        if case .unpriced = entry.state { return nil }
        journalCount += 1
        if entry.result == nil { journalOpenCount += 1 }
        guard let side else { return nil }
        ledgerCount += 1
        if side.status == .open { ledgerOpenCount += 1 }
        let message: String
        switch (entry.result, side.status) {
        case (_, .voided): message = "voided in the ledger"
        case (nil, .open): return nil
        case (nil, .closed): message = "open in the journal, closed in the ledger"
        case (.some, .open): message = "closed in the journal, open in the ledger"
        case (let result?, .closed):
            totals[entry.quote, default: Totals()].add(result, side.result)
            if let stated = entry.statedResult {
                statedTotals[entry.quote, default: Totals()].add(stated, side.result)
            }
            if result == side.result { return nil }
            message = "the results differ"
        }
        return Difference(
            trade: entry.tradeID,
            file: entry.file,
            message: message,
            journal: entry.result,
            ledger: side.result
        )
    }
}

extension Decimal {
    /// The number less another one; nil if there is none, or if the difference does not fit a decimal.
    func less(_ other: Decimal?) -> Decimal? {
        guard let other else { return nil }
        do throws(DecimalError) { return try subtracting(other) } catch { return nil }
    }
}

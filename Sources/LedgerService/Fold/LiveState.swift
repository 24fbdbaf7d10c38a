package import Ledger
package import Projections
internal import Replay
internal import TradeModel

/// What the events of a ledger up to one of them make, in memory.
///
/// It holds what is open, every order, and sums. A closed trade is folded again from its events when it is asked for.
package struct LiveState: ~Copyable {
    /// The last event that was taken in; 0 before any.
    package private(set) var sequence: UInt64 = 0
    /// Whether an index run turned out to be damaged when a closed trade was asked for.
    private(set) var hasDamagedRun = false
    private var fold: HistoryFold
    private var booksFold = BooksFold(Books(keepingRecords: false))

    /// Begins before the first event, and finds the events of closed trades by these runs.
    ///
    /// Without runs it relies on the segments alone, and takes 16 bytes an event in memory.
    init(_ log: LogReader<PosixStorage>, _ runs: RunSet<PosixStorage>?) {
        if let runs { fold = HistoryFold(log, runs) } else { fold = HistoryFold(recomputing: log.storage) }
    }

    /// Orders, positions, balances, portfolios, halts and strategies.
    package var books: Books { booksFold.books }

    /// The trades that are open, in no particular order.
    ///
    /// O(open trades).
    package var openTrades: [TradeHistory] { fold.openTrades }

    /// The trade of an id, open, closed or voided; nil where there is none.
    ///
    /// O(1) for an open trade; any other is folded again from its events in the log.
    package mutating func trade(_ id: String) throws(LedgerError) -> TradeHistory? {
        do throws(LedgerError) { return try fold.history(of: Array(id.utf8)) } catch {
            if error.code == .unusable { hasDamagedRun = true }
            throw error
        }
    }

    /// How many events take memory, because no index run knows them.
    var unindexedCount: UInt64 { sequence - min(sequence, fold.coveredSequence) }

    /// Takes in the events up to one that is durable, and visits each.
    mutating func fold(upTo last: UInt64, _ visit: (Event) -> Void = { _ in }) throws(LedgerError) {
        while let event = try fold.next(upTo: last) {
            booksFold.applyLast(of: fold, event)
            sequence = event.sequence
            visit(event)
        }
    }

    /// Switches to runs that cover more.
    mutating func adopt(_ runs: RunSet<PosixStorage>) { fold.adopt(runs) }
}

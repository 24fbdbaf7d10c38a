public import Ledger
public import Projections
package import TradeModel

/// Folds a log into orders, positions, balances, portfolios and halts, without a database.
public struct BooksReplay {
    private let reader: LedgerReader

    /// A replay of the ledger.
    public init(_ reader: LedgerReader) {
        self.reader = reader
    }

    /// The books as they were known at a moment, and the trades that were open then.
    ///
    /// O(events), and memory for every order, every open trade and, with `keepingRecords`, every decision, prediction
    /// and alert. A damaged index run costs time, and 16 bytes an event.
    public func books(
        asOf moment: Moment = .now,
        keepingRecords: Bool = true
    ) throws(LedgerError) -> (books: Books, openTrades: [TradeHistory]) {
        let last = try moment.lastSequence(reader)
        let books = Books(keepingRecords: keepingRecords)
        do throws(LedgerError) {
            return try Self.fold(HistoryFold(withRunsOf: reader.log), into: books, upTo: last)
        } catch {
            guard error.code == .unusable else { throw error }
            return try Self.fold(HistoryFold(recomputing: reader.log.storage), into: books, upTo: last)
        }
    }

    private static func fold(
        _ fold: consuming HistoryFold,
        into empty: Books,
        upTo last: UInt64
    ) throws(LedgerError) -> (books: Books, openTrades: [TradeHistory]) {
        var books = empty
        while let event = try fold.next(upTo: last) {
            books.applyLast(of: fold, event)
        }
        return (books, fold.openTrades)
    }
}

extension Books {
    /// Takes in the event that a fold has read last, unless it is not on record, and returns the rows that it changes.
    @discardableResult
    package mutating func applyLast(of fold: borrowing HistoryFold, _ event: Event) -> BookChanges {
        guard fold.isOnRecord else { return BookChanges() }
        return apply(event, after: fold.earlierEvents, fold.step, settled: fold.settled, before: fold.settledBefore)
    }
}

public import Ledger
public import Projections
package import TradeModel

/// Folds a log into orders, positions, balances, portfolios and halts, without a database.
public struct BooksReplay {
    let reader: LedgerReader

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
        keepingRecords: Bool = true,
        onEvent: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> (books: Books, openTrades: [TradeHistory]) {
        let last = try moment.lastSequence(reader)
        let books = BooksFold(Books(keepingRecords: keepingRecords))
        do throws(LedgerError) {
            return try Self.fold(HistoryFold(withRunsOf: reader.log), into: books, upTo: last, onEvent)
        } catch {
            guard error.code == .unusable else { throw error }
            return try Self.fold(HistoryFold(recomputing: reader.log.storage), into: books, upTo: last, onEvent)
        }
    }

    private static func fold(
        _ fold: consuming HistoryFold,
        into empty: BooksFold,
        upTo last: UInt64,
        _ onEvent: (UInt64) -> Void
    ) throws(LedgerError) -> (books: Books, openTrades: [TradeHistory]) {
        var books = empty
        while let event = try fold.next(upTo: last) {
            books.applyLast(of: fold, event)
            onEvent(event.sequence)
        }
        return (books.books, fold.openTrades)
    }
}

/// Folds the events that a `HistoryFold` reads into `Books`.
package struct BooksFold {
    /// The books after the last event.
    package var books: Books
    /// What the open trades have moved, by their slots.
    private var movements: [TradeMovements] = []

    /// Begins with books before the first event.
    package init(_ books: Books = Books()) { self.books = books }

    /// Takes in the event that a fold has read last, unless it is not on record.
    package mutating func applyLast(of fold: borrowing HistoryFold, _ event: Event) {
        guard fold.isOnRecord else { return }
        switch fold.change {
        case .none, .noTrade: books.apply(event, after: fold.earlierEvents)
        case .open(let slot):
            let trade = fold.openTrade(in: slot)
            if event.body.type == .opened {
                let opened = books.movements(opening: event.body, trade)
                if slot == movements.count { movements.append(opened) } else { movements[slot] = opened }
            }
            books.apply(event, trade, &movements[slot])
        case .ended(let slot, let trade):
            books.apply(event, trade, &movements[slot])
            movements.swapAt(slot, movements.count - 1)
            movements.removeLast()
        case .settled(let trade, _, let earlierEvents):
            var settled = books.movements(of: earlierEvents)
            books.apply(event, trade, &settled)
        }
    }
}

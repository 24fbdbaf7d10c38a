internal import Ledger
internal import Projections
internal import TradeModel

/// What goes into the database in one transaction: events, the trades that they changed, and the root behind them.
struct EventBatch {
    let events: [Event]
    /// The state of each changed trade behind the last event of the batch.
    let trades: [[UInt8]: TradeHistory]
    /// The root over everything up to the last event.
    let root: MerkleHash

    /// A batch of changes in order, at least one.
    init(_ changes: ArraySlice<Change>, root: MerkleHash) {
        precondition(!changes.isEmpty, "a batch has an event")
        var trades: [[UInt8]: TradeHistory] = [:]
        for change in changes {
            if let trade = change.trade { trades[Array(change.event.body.tradeIDBytes)] = trade }
        }
        events = changes.map(\.event)
        self.trades = trades
        self.root = root
    }

    /// An event, and the trade behind it; nil where it changed none.
    struct Change {
        let event: Event
        let trade: TradeHistory?
    }

    var firstSequence: UInt64 { events[0].sequence }
    var lastSequence: UInt64 { events[events.count - 1].sequence }
    /// When the ledger took the last event.
    var lastRecordedAt: Timestamp { events[events.count - 1].recordedAt }
}

internal import Ledger
internal import Projections
internal import TradeModel

/// What goes into the database in one transaction: events, the trades that they changed, and the root behind them.
struct EventBatch {
    let events: [Event]
    /// The state of each changed trade behind the last event of the batch, in the order in which they opened.
    let trades: [TradeHistory]
    /// The root over everything up to the last event.
    let root: MerkleHash

    /// A batch of changes in order, at least one.
    init(_ changes: ArraySlice<Change>, root: MerkleHash) {
        precondition(!changes.isEmpty, "a batch has an event")
        var lastChanges: [UInt64: Int] = [:]
        for (index, change) in zip(changes.indices, changes) {
            if let trade = change.trade { lastChanges[trade.trade.firstSequence] = index }
        }
        events = changes.map(\.event)
        trades = lastChanges.sorted { $0.key < $1.key }.compactMap { changes[$0.value].trade }
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

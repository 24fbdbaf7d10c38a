internal import Ledger
internal import Projections
internal import TradeModel

/// What goes into the database in one transaction: events, the trades that they changed, and the root behind them.
struct EventBatch {
    /// Bounds of a batch: enough to make the transaction's own cost small, little enough to hold in memory.
    static let eventCountMax = 5000
    static let byteCountMax = 8 << 20

    private(set) var events: [Event] = []
    /// The state of each changed trade behind the last event of the batch.
    private(set) var trades: [[UInt8]: TradeHistory] = [:]
    private var byteCount = 0
    /// The root over everything up to the last event; set when the batch is complete.
    private(set) var root: MerkleHash

    /// An empty batch behind a root.
    init(behind root: MerkleHash) {
        self.root = root
    }

    var isFull: Bool { events.count >= Self.eventCountMax || byteCount >= Self.byteCountMax }

    /// The sequence of the first event.
    ///
    /// Only of a batch that has one.
    var firstSequence: UInt64 { events[0].sequence }
    /// The sequence of the last event.
    var lastSequence: UInt64 { events[events.count - 1].sequence }
    /// When the ledger took the last event.
    var lastRecordedAt: Timestamp { events[events.count - 1].recordedAt }

    /// Takes in an event and the trade that it changed, nil where it changed none.
    mutating func append(_ event: Event, _ trade: TradeHistory?) {
        events.append(event)
        if let trade { trades[Array(event.body.tradeIDBytes)] = trade }
        byteCount += event.body.bytes.count
    }

    mutating func complete(root: MerkleHash) {
        self.root = root
    }
}

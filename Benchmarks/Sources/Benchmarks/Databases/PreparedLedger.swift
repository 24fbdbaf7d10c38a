internal import Ledger
internal import TradeModel

/// A closed ledger with many events, ready to be replicated.
struct PreparedLedger: Sendable {
    let directory: String
    let ledgerID: String
    let eventCount: Int
    private static let eventsPerCommit = 1000

    /// Creates it in a new directory.
    init(_ trades: ManyTrades, in directory: String) throws {
        try self.init(eventCount: trades.eventCount, in: directory) { ledger in
            try trades.visit(batchesOf: Self.eventsPerCommit) { try ledger.appendBlocking(batch: $0) }
        }
    }

    /// Creates one of these events.
    init(_ drafts: [EventDraft], in directory: String) throws {
        try self.init(eventCount: drafts.count, in: directory) { ledger in
            for start in stride(from: 0, to: drafts.count, by: Self.eventsPerCommit) {
                let end = min(start + Self.eventsPerCommit, drafts.count)
                try ledger.appendBlocking(batch: Array(drafts[start..<end]))
            }
        }
    }

    private init(eventCount: Int, in directory: String, _ fill: (Ledger) throws -> Void) throws {
        let ledger = try Ledger.new(in: directory)
        try fill(ledger)
        try ledger.expect(eventCount: eventCount)
        ledger.close()
        (self.directory, ledgerID, self.eventCount) = (directory, ledger.ledgerID.description, eventCount)
    }
}

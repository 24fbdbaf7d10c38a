internal import Ledger
internal import TradeModel

/// A closed ledger with many trades, ready to be replicated.
struct PreparedLedger: Sendable {
    let directory: String
    let ledgerID: String
    let eventCount: Int
    private static let eventsPerCommit = 1000

    /// Creates it in a new directory.
    init(_ trades: ManyTrades, in directory: String) throws {
        let ledger = try Ledger.new(in: directory)
        try trades.visit(batchesOf: Self.eventsPerCommit) { try ledger.appendBlocking(batch: $0) }
        try ledger.expect(eventCount: trades.eventCount)
        ledger.close()
        (self.directory, ledgerID, eventCount) = (directory, ledger.ledgerID.description, trades.eventCount)
    }
}

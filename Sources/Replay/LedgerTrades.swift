package import Ledger
internal import Projections
package import TradeModel

/// The trades of a ledger as they were known at a moment, for a comparison.
package struct LedgerTrades: TradeSource {
    private let reader: LedgerReader
    /// The last event that counts.
    package let sequence: UInt64

    /// The trades at a moment; what is appended later does not show.
    package init(_ reader: LedgerReader, asOf moment: Moment) throws(LedgerError) {
        self.reader = reader
        sequence = try moment.lastSequence(reader)
    }

    /// The ledger's id.
    package var ledgerID: EventID { reader.ledgerID }

    package var stepCount: UInt64 { sequence }

    /// Folds the log: 16 bytes an event, and the open trades.
    package func visit(onStep: () -> Void, _ body: (StatedTrade) throws -> Void) throws {
        var follower = TradeFollower<PosixStorage, TradeHistory>(recomputing: reader.log.storage)
        while let (_, trade) = try follower.next(upTo: sequence) {
            onStep()
            if let trade, trade.trade.status != .open { try body(StatedTrade(trade)) }
        }
        for trade in follower.openTrades.values { try body(StatedTrade(trade)) }
    }
}

package import Ledger
internal import Projections
package import TradeModel

/// The trades of a ledger as they were known at a moment, for a comparison.
package struct LedgerTrades: TradeSource {
    private let reader: LedgerReader
    /// The last event that counts.
    package let sequence: UInt64

    /// The trades at a moment; later events are not visible.
    package init(_ reader: LedgerReader, asOf moment: Moment) throws(LedgerError) {
        self.reader = reader
        sequence = try moment.lastSequence(reader)
    }

    /// The ledger's id.
    package var ledgerID: EventID { reader.ledgerID }

    package var stepCount: UInt64 { sequence }

    package func visit(onStep: () -> Void, _ body: (StatedTrade) throws -> Void) throws {
        try TradeReplay(reader).visitTrades(to: sequence, onEvent: onStep) { try body(StatedTrade($0)) }
    }
}

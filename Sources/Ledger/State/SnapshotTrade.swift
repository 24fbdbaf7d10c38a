package import TradeModel

/// An open trade as a snapshot keeps it: its state as bytes, which take a quarter of what a `Trade` takes, and its
/// fills.
package struct SnapshotTrade: TradeFold, Hashable {
    /// Where a fill of the trade is.
    struct Fill: Hashable {
        let fingerprint: UInt64
        let sequence: UInt64
    }

    private(set) var state: [UInt8]
    private(set) var fills: [Fill] = []

    /// A record from its parts.
    ///
    /// Throws where the bytes are not the state of a trade.
    init(state: [UInt8], fills: [Fill]) throws(BodyFault) {
        _ = try Trade(state: state[...])
        self.state = state
        self.fills = fills
    }

    package init(opening event: Event) throws(Rejection) {
        state = try Trade(opening: event).state
        note(event)
    }

    package mutating func apply(_ event: Event) throws(Rejection) {
        var trade = self.trade
        try trade.apply(event)
        state = trade.state
        note(event)
    }

    package var trade: Trade {
        do { return try Trade(state: state[...], isChecked: true) } catch {
            preconditionFailure("checked when it was taken in: \(error)")
        }
    }

    package var isOpen: Bool { Trade.isOpen(state: state.span) }

    package var eventCount: UInt64 { Trade.eventCount(state: state.span) }

    private mutating func note(_ event: Event) {
        let trade = Fingerprint.subject(of: event.body)
        guard let fill = Fingerprint.fill(of: event.body, ofTrade: trade) else { return }
        fills.append(Fill(fingerprint: fill, sequence: event.sequence))
    }
}

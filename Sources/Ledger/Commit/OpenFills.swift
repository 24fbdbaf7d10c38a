import TradeModel

/// The fills of trades that are open, by the fingerprints of their ids: a fill that comes again is known without
/// reading.
///
/// The fills of other trades are found among the trade's events.
struct OpenFills {
    /// By the sequence of the event that opened the trade.
    private var tables: [UInt64: FingerprintTable] = [:]

    /// What one event changed.
    enum Change {
        case nothing
        case added(trade: UInt64, fingerprint: UInt64, sequence: UInt64)
        /// The trade is not open any more.
        case forgotten(trade: UInt64, FingerprintTable)
    }

    /// Takes note of an event and of its trade behind it.
    mutating func note(_ event: Event, _ trade: Trade) -> Change {
        guard trade.status == .open else {
            return tables.removeValue(forKey: trade.firstSequence)
                .map { .forgotten(trade: trade.firstSequence, $0) } ?? .nothing
        }
        guard let fillID = event.body.textBytes(.fillID) else { return .nothing }
        let fingerprint = Fingerprint.fill(fillID, ofTrade: Fingerprint.trade(event.body.tradeIDBytes))
        tables[trade.firstSequence, default: FingerprintTable()].insert(fingerprint, event.sequence)
        return .added(trade: trade.firstSequence, fingerprint: fingerprint, sequence: event.sequence)
    }

    /// Takes back the last change.
    mutating func revert(_ change: Change) {
        switch change {
        case .nothing: break
        case .added(let trade, let fingerprint, let sequence):
            tables[trade]?.remove(fingerprint, sequence)
            if trade == sequence { tables[trade] = nil }
        case .forgotten(let trade, let table): tables[trade] = table
        }
    }

    /// Takes in the fills of a trade that a snapshot holds.
    mutating func restore(_ record: TradeRecord) {
        guard !record.fills.isEmpty else { return }
        var table = FingerprintTable()
        for fill in record.fills { table.insert(fill.fingerprint, fill.sequence) }
        tables[record.trade.firstSequence] = table
    }

    /// The sequences that may hold a fill of a trade; none where the trade is not open.
    func candidates(_ fillID: ArraySlice<UInt8>, _ trade: Trade, _ tradeID: ArraySlice<UInt8>) -> [UInt64] {
        guard let table = tables[trade.firstSequence] else { return [] }
        return table.candidates(Fingerprint.fill(fillID, ofTrade: Fingerprint.trade(tradeID)))
    }
}

import TradeModel

/// The fills of open trades in which the screen has suspected a repeated fill.
///
/// An audit reads such a trade once, at its first suspect, so it stays linear however many fills a trade has. Memory
/// holds 16 bytes for each fill of those trades.
struct SuspectedFills {
    private struct Fills {
        /// The trades that were taken in: more than one where their fingerprints are equal.
        var tradeIDs: [[UInt8]] = []
        var sequences = FingerprintTable()
    }

    /// By the fingerprints of the trades.
    private var trades: [UInt64: Fills] = [:]

    /// Whether the trade of an event was taken in.
    func holdsTrade(of event: Event, _ trade: UInt64) -> Bool {
        trades[trade]?.tradeIDs.contains { event.body.subjectBytes.elementsEqual($0) } ?? false
    }

    /// Takes in a trade by the events that it has before the given one.
    mutating func takeInTrade(of event: Event, _ trade: UInt64, _ events: [Event]) {
        trades[trade, default: Fills()].tradeIDs.append(Array(event.body.subjectBytes))
        for earlier in events {
            guard let fill = Fingerprint.fill(of: earlier.body, ofTrade: trade) else { continue }
            trades[trade]?.sequences.insert(fill, earlier.sequence)
        }
    }

    /// Takes in an event that changed its trade, if the trade was taken in.
    mutating func note(_ event: Event, _ identity: ScreenedIdentity) {
        guard trades[identity.subject] != nil else { return }
        // No fill comes after these.
        if identity.type == .closed || identity.type == .voided {
            trades[identity.subject] = nil
        } else if let fill = identity.fill {
            trades[identity.subject]?.sequences.insert(fill, event.sequence)
        }
    }

    /// The earlier event that has the fill of this one; nil where the fill is new.
    func event(
        withFillOf event: Event,
        _ identity: ScreenedIdentity,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        guard let fill = identity.fill, let known = trades[identity.subject] else { return nil }
        return try known.sequences.find(fill) { (sequence) throws(LedgerError) -> Event? in
            let earlier = try lookup(sequence)
            let isSame =
                earlier.body.type.isAboutTrade && earlier.body.subjectBytes == event.body.subjectBytes
                && earlier.body.textBytes(.fillID) == event.body.textBytes(.fillID)
            return isSame ? earlier : nil
        }
    }
}

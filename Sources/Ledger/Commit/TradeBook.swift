package import TradeModel

/// Every trade of the log: open ones as state in memory, the others by the places of their events, from which their
/// state is folded again when it is asked for. Memory does not hold what closed trades were.
package struct TradeBook {
    /// A trade's id as its bytes: two ids are the same only when their bytes are.
    package typealias Key = [UInt8]

    package private(set) var open: [Key: Trade] = [:]
    private(set) var identities = FingerprintTable()

    package init() {}

    /// The trade of that id, or nil where the log has none. `event` reads an event of the log by its sequence.
    package func trade(
        _ id: Key, event: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Trade? {
        if let trade = open[id] { return trade }
        var trade: Trade?
        for event in try events(ofTrade: id, event: event) {
            do throws(Rejection) {
                if trade == nil {
                    trade = try Trade(opening: event.body, sequence: event.sequence)
                } else {
                    try trade?.apply(event.body, sequence: event.sequence)
                }
            } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return trade
    }

    /// The events of a trade in order, found by the fingerprints of its id.
    package func events(
        ofTrade id: Key, event: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> [Event] {
        var events: [Event] = []
        while true {
            let fingerprint = Fingerprint.event(ofTrade: id, ordinal: UInt64(events.count))
            var match: Event?
            for sequence in identities.candidates(fingerprint) {
                let candidate = try event(sequence)
                if candidate.body.tradeIDBytes.elementsEqual(id) { match = candidate }
            }
            guard let match else { return events }
            events.append(match)
        }
    }

    /// Takes in the state of a trade after an event of the log, and the event's place.
    package mutating func record(_ trade: Trade, id: Key, sequence: UInt64) {
        open[id] = trade.status == .open ? trade : nil
        identities.insert(Fingerprint.event(ofTrade: id, ordinal: trade.eventCount - 1), sequence)
    }

    /// Applies an event of the log, which was admitted once and so breaks no rule.
    package mutating func apply(
        _ event: Event, lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Trade {
        let id = Key(event.body.tradeIDBytes)
        let known = event.body.type == .opened ? nil : try self.trade(id, event: lookup)
        let trade: Trade
        do throws(Rejection) {
            if event.body.type == .opened {
                trade = try Trade(opening: event.body, sequence: event.sequence)
            } else if var next = known {
                try next.apply(event.body, sequence: event.sequence)
                trade = next
            } else {
                throw Rejection(.unknownTrade, "there is no trade \(event.body.tradeID)")
            }
        } catch {
            throw .brokenRule(error, sequence: event.sequence)
        }
        record(trade, id: id, sequence: event.sequence)
        return trade
    }

    /// Takes back `record`: the trade is again what it was before the event.
    mutating func revert(_ trade: Trade, id: Key, sequence: UInt64, to previous: Trade?) {
        identities.remove(Fingerprint.event(ofTrade: id, ordinal: trade.eventCount - 1), sequence)
        open[id] = previous?.status == .open ? previous : nil
    }
}

extension LedgerError {
    /// The log holds an event that the rules would not have admitted.
    static func brokenRule(_ rejection: Rejection, sequence: UInt64) -> LedgerError {
        LedgerError(
            .damaged, "event \(sequence) breaks a rule: \(rejection.message) (\(rejection.code.rawValue))",
            remedy: "the log was changed by something else than tradeledger; bring it back from a backup")
    }
}

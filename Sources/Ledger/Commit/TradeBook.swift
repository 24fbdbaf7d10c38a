package import TradeModel

/// Every trade of the log: open ones as state in memory, the others by the places of their events, from which their
/// state is folded again when it is asked for.
///
/// Memory does not hold what closed trades were.
package struct TradeBook<Fold: TradeFold>: Sendable {
    /// A trade's id as its bytes: two ids are the same only when their bytes are.
    package typealias Key = [UInt8]

    package private(set) var open: [Key: Fold] = [:]
    private(set) var identities = FingerprintTable()
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64 = 0
    /// Events behind them that do not fit what is left: they build on what was lost.
    package private(set) var leftOutCount: UInt64 = 0

    package init() {}

    /// The trade of that id, or nil where the log has none.
    ///
    /// `event` reads an event of the log by its sequence.
    package func trade(
        _ id: Key,
        event: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Fold? {
        if let fold = open[id] { return fold }
        var fold: Fold?
        for event in try events(ofTrade: id, event: event) {
            do throws(Rejection) {
                if fold == nil { fold = try Fold(opening: event) } else { try fold?.apply(event) }
            } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return fold
    }

    /// The events of a trade in order, found by the fingerprints of its id.
    package func events(
        ofTrade id: Key,
        event: (UInt64) throws(LedgerError) -> Event
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
    mutating func record(_ fold: Fold, id: Key, sequence: UInt64) {
        open[id] = fold.trade.status == .open ? fold : nil
        identities.insert(Fingerprint.event(ofTrade: id, ordinal: fold.trade.eventCount - 1), sequence)
    }

    /// Applies an event of the log, which was admitted once and so breaks no rule, and returns the trade behind it.
    ///
    /// Nil where the event changes no trade: it was lost, or builds on one that was. Before the first loss, an event
    /// that breaks a rule is damage.
    package mutating func apply(
        _ event: Event,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Fold? {
        guard event.body.type != .lost else {
            lostCount += 1
            return nil
        }
        let id = Key(event.body.tradeIDBytes)
        let known = event.body.type == .opened ? nil : try trade(id, event: lookup)
        let fold: Fold
        do throws(Rejection) {
            if event.body.type == .opened {
                fold = try Fold(opening: event)
            } else if var next = known {
                try next.apply(event)
                fold = next
            } else {
                throw Rejection(.unknownTrade, "there is no trade \(event.body.tradeID)")
            }
        } catch {
            guard lostCount > 0 else { throw .brokenRule(error, sequence: event.sequence) }
            leftOutCount += 1
            return nil
        }
        record(fold, id: id, sequence: event.sequence)
        return fold
    }

    /// Takes back `record`: the trade is again what it was before the event.
    mutating func revert(_ fold: Fold, id: Key, sequence: UInt64, to previous: Fold?) {
        identities.remove(Fingerprint.event(ofTrade: id, ordinal: fold.trade.eventCount - 1), sequence)
        open[id] = previous?.trade.status == .open ? previous : nil
    }
}

extension LedgerError {
    /// The log holds an event that the rules would not have admitted.
    static func brokenRule(_ rejection: Rejection, sequence: UInt64) -> LedgerError {
        LedgerError(
            .damaged,
            "event \(sequence) breaks a rule: \(rejection.message) (\(rejection.code.rawValue))",
            remedy: "the log was changed by something else than tradeledger; bring it back from a backup"
        )
    }
}

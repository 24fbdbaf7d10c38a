package import TradeModel

/// Every trade of the log: open ones as state in memory, the others by their events, from which their state is folded
/// again when it is asked for.
///
/// Memory does not hold what closed trades were.
package struct TradeBook<Fold: TradeFold>: Sendable {
    /// A trade's id as its bytes: two ids are the same only when their bytes are.
    package typealias Key = [UInt8]

    package private(set) var open: [Key: Fold] = [:]
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64 = 0
    /// Events behind them that do not fit what is left: they build on what was lost.
    package private(set) var leftOutCount: UInt64 = 0

    package init() {}

    /// A book as it was at some event.
    init(open: [Key: Fold], lostCount: UInt64, leftOutCount: UInt64) {
        self.open = open
        self.lostCount = lostCount
        self.leftOutCount = leftOutCount
    }

    /// The fold of a trade's events in order; nil where there are none.
    package static func fold(_ events: [Event]) throws(LedgerError) -> Fold? {
        var fold: Fold?
        for event in events {
            do throws(Rejection) {
                if event.body.type == .opened {
                    fold = try Fold(opening: event)
                } else if fold != nil {
                    try fold?.apply(event)
                } else {
                    throw Rejection(.unknownTrade, "there is no trade \(event.body.tradeID)")
                }
            } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return fold
    }

    /// Takes in the state of a trade behind an event of the log.
    mutating func record(_ fold: Fold, id: Key) {
        open[id] = fold.trade.status == .open ? fold : nil
    }

    /// Takes back `record`: the trade is again what it was before the event.
    mutating func revert(_ id: Key, to previous: Fold?) {
        open[id] = previous?.trade.status == .open ? previous : nil
    }

    /// Applies an event of the log, which was admitted once and so breaks no rule, and returns the trade behind it.
    ///
    /// `identities` finds the events before it of a trade that is not open. Nil where the event changes no trade: it
    /// was lost, or builds on one that was. Before the first loss, an event that breaks a rule is damage.
    package mutating func apply<S>(
        _ event: Event,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Fold? {
        guard event.body.type != .lost else {
            lostCount += 1
            return nil
        }
        let id = Key(event.body.tradeIDBytes)
        var fold: Fold?
        var wasOpen = false
        if event.body.type != .opened {
            // Taken out, so that it has one owner and is changed in place.
            fold = open.removeValue(forKey: id)
            wasOpen = fold != nil
            if !wasOpen {
                fold = try Self.fold(identities.events(ofTrade: id[...], before: event.sequence, lookup: lookup))
            }
        }
        do throws(Rejection) {
            if event.body.type == .opened {
                fold = try Fold(opening: event)
            } else if fold != nil {
                try fold?.apply(event)
            } else {
                throw Rejection(.unknownTrade, "there is no trade \(event.body.tradeID)")
            }
        } catch {
            if wasOpen { open[id] = fold }
            guard lostCount > 0 else { throw .brokenRule(error, sequence: event.sequence) }
            leftOutCount += 1
            return nil
        }
        if let fold { record(fold, id: id) }
        return fold
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

package import TradeModel

/// Every trade of the log: open ones as state in memory, the others by their events, from which their state is folded
/// again when it is asked for.
///
/// Memory does not hold what closed trades were.
package struct TradeState<Fold: TradeFold>: Sendable {
    package private(set) var open: OpenTrades<Fold>
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64
    /// Events behind them that do not fit what is left: they build on what was lost.
    package private(set) var leftOutCount: UInt64

    /// A book as it was at some event, before the first one unless told otherwise.
    package init(open: OpenTrades<Fold> = OpenTrades(), lostCount: UInt64 = 0, leftOutCount: UInt64 = 0) {
        self.open = open
        self.lostCount = lostCount
        self.leftOutCount = leftOutCount
    }

    /// The book of a snapshot, with something made of the state of each open trade.
    init(_ tradeState: TradeState<SnapshotTrade>, _ transform: (SnapshotTrade) -> Fold) {
        self.init(
            open: OpenTrades(tradeState.open, transform),
            lostCount: tradeState.lostCount,
            leftOutCount: tradeState.leftOutCount
        )
    }

    /// The fold of a trade's events in order; nil where there are none.
    package static func fold(_ events: [Event]) throws(LedgerError) -> Fold? {
        var fold: Fold?
        for event in events {
            do throws(Rejection) { fold = try Self.fold(event, after: fold) } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return fold
    }

    /// Opens a trade, of which there is none yet.
    mutating func insert(_ fold: consuming Fold, id: Span<UInt8>, _ fingerprint: UInt64) {
        open.insert(fold, id: id, fingerprint)
    }

    /// Changes the trade in a slot.
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout Fold) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try open.update(slot, change)
    }

    /// Takes out the trade in a slot, which is not open any more.
    @discardableResult
    mutating func remove(_ slot: Int) -> Fold { open.remove(slot) }

    /// Applies an event of the log, which was admitted once and so breaks no rule; `read` sees the trade behind it.
    ///
    /// `trade` is the fingerprint of the trade's id; `identities` finds the events before this one of a trade that is
    /// not open. Returns how many events the trade has by then; nil where the event changes no trade: it was lost, or
    /// builds on one that was. Before the first loss, an event that breaks a rule is damage.
    @discardableResult
    package mutating func apply<S>(
        _ event: Event,
        ofTrade trade: UInt64,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event,
        read: (Fold) -> Void = { _ in }
    ) throws(LedgerError) -> UInt64? {
        guard event.body.type != .lost else {
            lostCount += 1
            return nil
        }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.tradeIDRange)
        if let slot = open.slot(of: id, trade) { return try apply(event, toOpenTradeIn: slot, read) }
        var fold: Fold?
        if event.body.type != .opened {
            fold = try Self.fold(
                identities.events(
                    ofTrade: event.body.tradeIDBytes,
                    trade,
                    before: event.sequence,
                    lookup: lookup
                )
            )
        }
        do throws(Rejection) {
            let next = try Self.fold(event, after: fold)
            read(next)
            let eventCount = next.eventCount
            if next.isOpen { open.insert(next, id: id, trade) }
            return eventCount
        } catch {
            try leaveOut(event, error)
            return nil
        }
    }

    private mutating func apply(
        _ event: Event,
        toOpenTradeIn slot: Int,
        _ read: (Fold) -> Void
    ) throws(LedgerError) -> UInt64? {
        var isOpen = true
        var eventCount: UInt64 = 0
        do throws(Rejection) {
            try open.update(slot) { (fold) throws(Rejection) in
                if event.body.type == .opened { fold = try Fold(opening: event) } else { try fold.apply(event) }
                read(fold)
                (isOpen, eventCount) = (fold.isOpen, fold.eventCount)
            }
        } catch {
            try leaveOut(event, error)
            return nil
        }
        if !isOpen { open.remove(slot) }
        return eventCount
    }

    /// Counts an event that does not fit; throws where nothing was lost that it could build on.
    private mutating func leaveOut(_ event: Event, _ rejection: Rejection) throws(LedgerError) {
        guard lostCount > 0 else { throw .brokenRule(rejection, sequence: event.sequence) }
        leftOutCount += 1
    }

    private static func fold(_ event: Event, after fold: consuming Fold?) throws(Rejection) -> Fold {
        if event.body.type == .opened { return try Fold(opening: event) }
        guard var fold else { throw Rejection(.unknownTrade, "there is no trade \(event.body.tradeID)") }
        try fold.apply(event)
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

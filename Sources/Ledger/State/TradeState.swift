package import TradeModel

/// The state of every trade in the log.
///
/// Open trades are in memory; the state of any other is folded again from its events on request.
///
/// Closed trades take no memory.
package struct TradeState<Fold: TradeFold>: Sendable {
    package private(set) var open: OpenTrades<Fold>
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64
    /// Later events that were skipped because they depend on lost events.
    package private(set) var leftOutCount: UInt64

    /// The state after some event; before the first one by default.
    package init(open: OpenTrades<Fold> = OpenTrades(), lostCount: UInt64 = 0, leftOutCount: UInt64 = 0) {
        self.open = open
        self.lostCount = lostCount
        self.leftOutCount = leftOutCount
    }

    /// The state of a snapshot, with the state of each open trade transformed.
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

    /// Removes the trade in a slot, which is no longer open.
    @discardableResult
    mutating func remove(_ slot: Int) -> Fold { open.remove(slot) }

    /// Applies an event of the log, which was admitted once and so breaks no rule; `read` receives the resulting trade.
    ///
    /// `trade` is the fingerprint of the trade's id; `identities` finds the events before this one of a trade that is
    /// not open. Returns how many events the trade then has; nil if the event changes no trade, because it was lost or
    /// depends on a lost one. Before the first loss, an event that breaks a rule means corruption.
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

    /// Counts an event as skipped; throws if no earlier event was lost.
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
            remedy: "a program other than tradeledger changed the log; restore it from a backup"
        )
    }
}

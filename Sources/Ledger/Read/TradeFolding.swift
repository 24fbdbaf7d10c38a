package import TradeModel

/// Folds the events of a log, which the caller reads in order, into their trades.
package struct TradeFolding<S: Storage, Fold: TradeFold>: ~Copyable {
    private var lookup: EventLookup<S>
    private var tradeState = TradeState<Fold>()
    private var identities: IdentityIndex<S>

    /// Begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    init(recomputing storage: S) {
        lookup = EventLookup(storage)
        identities = IdentityIndex()
    }

    /// Begins before the first event, and finds the events of closed trades by index runs: memory does not grow with
    /// history.
    ///
    /// Where a run is damaged `apply` and `trade` throw `unusable`.
    init(_ storage: S, of ledgerID: EventID, _ runSet: RunSet<S>) {
        lookup = EventLookup(storage, of: ledgerID)
        identities = IdentityIndex(runSet)
    }

    /// Begins after the snapshot of a start, or before the first event where there is none.
    init(_ storage: S, of ledgerID: EventID, _ start: LogStart<S>) where Fold == Trade {
        self.init(storage, of: ledgerID, start.runSet)
        if let snapshot = start.snapshot { tradeState = TradeState(snapshot.tradeState) { $0.trade } }
    }

    /// The trades that are open, by id.
    package var openTrades: [[UInt8]: Fold] { tradeState.open.byID }

    /// How many trades are open.
    package var openCount: Int { tradeState.open.count }

    /// Events that were given up as damaged, so far.
    package var lostCount: UInt64 { tradeState.lostCount }

    /// Events that were skipped because they depend on lost events, so far.
    package var leftOutCount: UInt64 { tradeState.leftOutCount }

    /// The last event that the index runs know.
    var coveredSequence: UInt64 { identities.coveredSequence }

    /// Switches to runs that cover more, and drops the entries they cover.
    mutating func adopt(_ runSet: RunSet<S>) { identities.adopt(runSet) }

    /// Records the frame of the next events, so that lookups find them faster.
    mutating func note(firstSequence: UInt64, at position: LogPosition) {
        lookup.note(firstSequence: firstSequence, at: position)
    }

    /// Applies the next event and passes the resulting trade to `read`; false if the event changes no trade.
    @discardableResult
    mutating func apply(_ event: Event, read: (Fold) -> Void = { _ in }) throws(LedgerError) -> Bool {
        try apply(event, ofTrade: Fingerprint.trade(of: event.body), read: read)
    }

    private mutating func apply(
        _ event: Event,
        ofTrade trade: UInt64,
        read: (Fold) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        let eventCount = try tradeState.apply(
            event,
            ofTrade: trade,
            identities,
            lookup: { (sequence) throws(LedgerError) in try lookup.event(at: sequence) },
            read: read
        )
        guard let eventCount else { return false }
        identities.insertPlace(ofTrade: trade, ordinal: eventCount - 1, at: event.sequence)
        return true
    }

    /// The trade of an id after the events before `limit`, folded again from the log unless it is open; nil where there
    /// is none.
    mutating func trade(_ id: [UInt8], before limit: UInt64) throws(LedgerError) -> Fold? {
        let fingerprint = Fingerprint.trade(id.span)
        if let slot = tradeState.open.slot(of: id.span, fingerprint) { return tradeState.open.folds[slot] }
        let events = try identities.events(ofTrade: id[...], fingerprint, before: limit) {
            (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        return try TradeState.fold(events)
    }
}

/// The checks of an audit beyond the rules of a trade: event ids, trade ids and fill ids are unique.
extension TradeFolding where Fold == OpenTrade {
    /// Applies the next event as `apply` does, after checking that its id, its trade if it opens one, and its fill are
    /// new.
    ///
    /// `seen` holds the identities of earlier events and is checked first, so few identities have to be looked up.
    mutating func audit(_ event: Event, _ seen: inout IndexFilter) throws(LedgerError) -> Bool {
        let trade = Fingerprint.trade(of: event.body)
        if event.body.type != .lost {
            if seen.takeIn(Fingerprint.event(event.eventID)) { try checkEventID(of: event) }
            if event.body.type == .opened {
                if seen.takeIn(trade) { try checkOpen(event, trade) }
            } else {
                try checkFill(of: event, trade)
            }
        }
        let changesTrade = try apply(event, ofTrade: trade)
        // An event that changes no trade is not on record: if it is sent again, it may be valid.
        if changesTrade { identities.insertID(event.eventID, at: event.sequence) }
        return changesTrade
    }

    private mutating func checkEventID(of event: Event) throws(LedgerError) {
        let namesake = try identities.event(event.eventID, before: event.sequence) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let namesake else { return }
        let rejection = Rejection(.eventIDConflict, "event \(namesake.sequence) has the id \(event.eventID), too")
        throw .brokenRule(rejection, sequence: event.sequence)
    }

    private mutating func checkOpen(_ event: Event, _ trade: UInt64) throws(LedgerError) {
        let earlier = try identities.events(ofTrade: event.body.tradeIDBytes, trade, before: event.sequence) {
            (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let first = earlier.first else { return }
        let rejection = Rejection(.tradeExists, "trade \(event.body.tradeID) was opened by event \(first.sequence)")
        throw .brokenRule(rejection, sequence: event.sequence)
    }

    private mutating func checkFill(of event: Event, _ trade: UInt64) throws(LedgerError) {
        guard let fill = Fingerprint.fill(of: event.body, ofTrade: trade) else { return }
        let bytes = event.body.bytes.span
        guard let slot = tradeState.open.slot(of: bytes.extracting(bytes.tradeIDRange), trade) else { return }
        let known = try tradeState.event(ofTradeIn: slot, withFillOf: event.body, fill) {
            (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let known else { return }
        let rejection = Rejection(
            .eventIDConflict,
            "event \(known.sequence) of trade \(event.body.tradeID) has the fill_id "
                + "\(event.body.text(.fillID) ?? ""), too"
        )
        throw .brokenRule(rejection, sequence: event.sequence)
    }
}

package import TradeModel

/// Folds the events of a log, which the caller reads in order, into their trades.
package struct TradeFolding<S: Storage, Fold: TradeFold>: ~Copyable {
    private var lookup: EventLookup<S>
    private var tradeState = TradeState<Fold>()
    private var identities: IdentityIndex<S>
    private var suspectedFills = SuspectedFills()

    /// Begins before the first event, and relies on the segments alone: 16 bytes an event in memory.
    ///
    /// An audit gives the ledger's id, for the ids that it derives.
    init(recomputing storage: S, of ledgerID: EventID? = nil) {
        lookup = EventLookup(storage, of: ledgerID)
        identities = IdentityIndex(RunSet(), ledgerID.map { EventIDAssignment(of: $0) })
    }

    /// Begins before the first event, and finds the events of closed trades by index runs: memory does not grow with
    /// history.
    ///
    /// Where a run is damaged `apply` and `trade` throw `unusable`.
    init(_ storage: S, of ledgerID: EventID, _ runSet: RunSet<S>) {
        lookup = EventLookup(storage, of: ledgerID)
        identities = IdentityIndex(runSet, EventIDAssignment(of: ledgerID))
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
        lookup.index.note(firstSequence: firstSequence, at: position)
    }

    /// Applies the next event and passes the resulting trade to `read`, if it is about one; false if it was skipped.
    @discardableResult
    mutating func apply(_ event: Event, read: (Fold) -> Void = { _ in }) throws(LedgerError) -> Bool {
        try apply(event, ofSubject: Fingerprint.subject(of: event.body), read: read)
    }

    private mutating func apply(
        _ event: Event,
        ofSubject subject: UInt64,
        read: (Fold) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        let applied = try tradeState.apply(
            event,
            ofSubject: subject,
            identities,
            lookup: { (sequence) throws(LedgerError) in try lookup.event(at: sequence) },
            read: read
        )
        guard case .recorded(let ordinal) = applied else {
            identities.skip(event)
            return false
        }
        if let ordinal { identities.insertPlace(ofSubject: subject, ordinal: ordinal, at: event.sequence) }
        return true
    }

    /// The trade of an id after the events before `limit`, folded again from the log unless it is open; nil where there
    /// is none.
    mutating func trade(_ id: [UInt8], before limit: UInt64) throws(LedgerError) -> Fold? {
        let fingerprint = Fingerprint.trade(id.span)
        if let slot = tradeState.open.slot(of: id.span, fingerprint) { return tradeState.open.folds[slot] }
        return try TradeState.fold(events(ofTrade: id[...], fingerprint, before: limit))
    }

    private mutating func events(
        ofTrade id: ArraySlice<UInt8>,
        _ trade: UInt64,
        before limit: UInt64
    ) throws(LedgerError) -> [Event] {
        try identities.events(of: .tradeID, id, trade, before: limit) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
    }
}

/// The checks of an audit beyond the rules of a trade: event ids, trade ids and fill ids are unique.
extension TradeFolding where Fold == Trade {
    /// Applies the next event as `apply` does, after looking up the identities that an earlier event may have.
    mutating func audit(_ event: Event, _ identity: ScreenedIdentity) throws(LedgerError) -> Bool {
        let mayBeDerived = event.idOrigin == .stored && identities.mayBeDerived(event.eventID, before: event.sequence)
        if identity.suspects.contains(.eventID) || mayBeDerived || identities.isReserved(event.eventID) {
            try checkEventID(of: event)
        }
        if identity.suspects.contains(.opened) { try checkOpen(event, identity.subject) }
        if identity.suspects.contains(.fill) { try checkFill(of: event, identity) }
        // A skipped event is not on record: if it is sent again, it may be valid.
        guard try apply(event, ofSubject: identity.subject) else { return false }
        if let id = event.storedID {
            identities.insertID(id, at: event.sequence, recordedAt: event.recordedAt)
        }
        suspectedFills.note(event, identity)
        return true
    }

    /// Whether a snapshot after the last event has the open trades, the fills of each, and the reserved event ids.
    ///
    /// O(events of the open trades), which are read again.
    mutating func agrees(with snapshot: Snapshot) throws(LedgerError) -> Bool {
        let reserved = identities.reservedIDs(after: snapshot.sequence, recordedAt: snapshot.lastRecordedAt)
        guard snapshot.reservedIDs == reserved else { return false }
        let kept = snapshot.tradeState.open.byID
        let limit = snapshot.sequence + 1
        guard kept.mapValues(\.trade) == openTrades else { return false }
        for (id, record) in kept {
            let trade = Fingerprint.trade(id.span)
            let fills = try events(ofTrade: id[...], trade, before: limit).compactMap { event in
                Fingerprint.fill(of: event.body, ofTrade: trade).map {
                    OpenTrade.Fill(fingerprint: $0, sequence: event.sequence)
                }
            }
            guard fills == record.orderedFills else { return false }
        }
        return true
    }

    private mutating func checkEventID(of event: Event) throws(LedgerError) {
        let namesake = try identities.event(event.eventID, before: event.sequence) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let namesake else { return }
        throw .repeated(event, "event \(namesake.sequence) has the id \(event.eventID), too", .eventIDConflict)
    }

    private mutating func checkOpen(_ event: Event, _ trade: UInt64) throws(LedgerError) {
        let earlier = try events(ofTrade: event.body.subjectBytes, trade, before: event.sequence)
        guard let first = earlier.first else { return }
        throw .repeated(event, "trade \(event.body.subject) was opened by event \(first.sequence)", .tradeExists)
    }

    private mutating func checkFill(of event: Event, _ identity: ScreenedIdentity) throws(LedgerError) {
        if !suspectedFills.holdsTrade(of: event, identity.subject) {
            let earlier = try events(ofTrade: event.body.subjectBytes, identity.subject, before: event.sequence)
            suspectedFills.takeInTrade(of: event, identity.subject, earlier)
        }
        let known = try suspectedFills.event(withFillOf: event, identity) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let known else { return }
        let problem =
            "event \(known.sequence) of trade \(event.body.subject) has the fill_id "
            + "\(event.body.text(.fillID) ?? ""), too"
        throw .repeated(event, problem, .eventIDConflict)
    }
}

extension LedgerError {
    /// An event has the identity of an earlier one.
    fileprivate static func repeated(_ event: Event, _ problem: String, _ code: RejectionCode) -> LedgerError {
        .brokenRule(Rejection(code, problem), sequence: event.sequence)
    }
}

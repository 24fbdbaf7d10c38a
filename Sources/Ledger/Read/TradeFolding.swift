package import TradeModel

/// Folds the events of a log, which the caller reads in order, into their trades.
package struct TradeFolding<S: Storage>: ~Copyable {
    private var lookup: EventLookup<S>
    private var subjects = SubjectState()
    private var identities: IdentityIndex<S>
    /// What the last event did.
    private(set) var change = TradeChange.none
    /// Whether the last event is on record: neither lost nor skipped because it depends on a lost event.
    private(set) var isOnRecord = true

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
    /// Where a run is damaged, `apply` and `events` throw `unusable`.
    init(_ storage: S, of ledgerID: EventID, _ runSet: RunSet<S>) {
        lookup = EventLookup(storage, of: ledgerID)
        identities = IdentityIndex(runSet, EventIDAssignment(of: ledgerID))
    }

    /// Begins after the snapshot of a start, or before the first event where there is none.
    init(_ storage: S, of ledgerID: EventID, _ start: LogStart<S>) {
        self.init(storage, of: ledgerID, start.runSet)
        if let snapshot = start.snapshot { subjects = snapshot.subjects }
    }

    /// The trade that the last event changed; nil where it changed none.
    var trade: Trade? {
        switch change {
        case .none, .noTrade: nil
        case .open(let slot): subjects.openTrades[slot].trade
        case .ended(_, let trade), .settled(let trade, _, _): trade
        }
    }

    /// The trades that are open, with their ids, in no particular order.
    package var openTrades: [(id: [UInt8], trade: Trade)] { subjects.openTrades.all }

    /// How many trades are open.
    package var openCount: Int { subjects.openTrades.count }

    /// The slot of an open trade; nil where none of that id is open.
    func slot(ofTrade id: Span<UInt8>) -> Int? { subjects.openTrades.slot(of: id, Fingerprint.trade(id)) }

    /// The open trade in a slot.
    func openTrade(in slot: Int) -> Trade { subjects.openTrades[slot].trade }

    /// Events that were given up as damaged, so far.
    package var lostCount: UInt64 { subjects.lostCount }

    /// Events that were skipped because they depend on lost events, so far.
    package var leftOutCount: UInt64 { subjects.leftOutCount }

    /// The last event that the index runs know.
    var coveredSequence: UInt64 { identities.coveredSequence }

    /// Switches to runs that cover more, and drops the entries they cover.
    mutating func adopt(_ runSet: RunSet<S>) { identities.adopt(runSet) }

    /// Records the frame of the next events, so that lookups find them faster.
    mutating func note(_ place: FramePlace) {
        lookup.index.note(firstSequence: place.firstSequence, at: place.position)
    }

    /// Applies the next event; false if it was skipped.
    @discardableResult
    mutating func apply(_ event: Event) throws(LedgerError) -> Bool {
        let subject = Fingerprint.subject(of: event.body)
        let terms = TradeTerms(event.body.bytes.span)
        let fill = Fingerprint.fill(of: event.body, terms, ofTrade: subject)
        return try apply(event, terms, ofSubject: subject, fill: fill)
    }

    private mutating func apply(
        _ event: Event,
        _ terms: TradeTerms,
        ofSubject subject: UInt64,
        fill: UInt64?
    ) throws(LedgerError) -> Bool {
        let applied = try subjects.apply(event, terms, ofSubject: subject, fill: fill) { () throws(LedgerError) in
            try identities.events(ofSubjectOf: event, subject) { (sequence) throws(LedgerError) in
                try lookup.event(at: sequence)
            }
        }
        isOnRecord = applied != nil
        guard let applied else {
            change = .none
            identities.skip(event)
            return false
        }
        change = applied.change
        if let ordinal = applied.ordinal {
            identities.insertPlace(ofSubject: subject, ordinal: ordinal, at: event.sequence)
        }
        return true
    }

    /// The events of a trade before `limit`, in order.
    mutating func events(ofTrade id: ArraySlice<UInt8>, before limit: UInt64) throws(LedgerError) -> [Event] {
        try events(ofTrade: id, Fingerprint.trade(id.span), before: limit)
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
extension TradeFolding {
    /// Applies the next event as `apply` does, after looking up the identities that an earlier event may have.
    mutating func audit(_ event: Event, _ identity: ScreenedIdentity) throws(LedgerError) -> Bool {
        let mayBeDerived = event.idOrigin == .stored && identities.mayBeDerived(event.eventID, before: event.sequence)
        if identity.suspects.contains(.eventID) || mayBeDerived || identities.isReserved(event.eventID) {
            try checkEventID(of: event)
        }
        if identity.suspects.contains(.begun) { try checkBeginning(event, identity.subject) }
        if let fill = identity.fill { try checkFill(of: event, identity.subject, fill) }
        // A skipped event is not on record: if it is sent again, it may be valid.
        guard try apply(event, identity.terms, ofSubject: identity.subject, fill: identity.fill) else { return false }
        if let id = event.storedID {
            identities.insertID(id, at: event.sequence, recordedAt: event.recordedAt)
        }
        return true
    }

    /// Whether a snapshot after the last event has the open trades, the fills of each, and the reserved event ids.
    func agrees(with snapshot: Snapshot) -> Bool {
        let reserved = identities.reservedIDs(after: snapshot.end.sequence, recordedAt: snapshot.lastRecordedAt)
        let kept = snapshot.subjects.openTrades
        guard snapshot.reservedIDs == reserved, kept.count == openCount else { return false }
        guard snapshot.subjects.halts == subjects.halts, subjects.hasSameLives(as: snapshot.subjects) else {
            return false
        }
        return (0..<openCount).allSatisfy { number in
            let id = kept.id(at: number)
            guard let slot = subjects.openTrades.slot(of: id.span, Fingerprint.trade(id.span)) else { return false }
            let folded = subjects.openTrades[slot]
            return kept[number].trade == folded.trade && kept[number].orderedFills == folded.orderedFills
        }
    }

    private mutating func checkEventID(of event: Event) throws(LedgerError) {
        let namesake = try identities.event(event.eventID, before: event.sequence) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let namesake else { return }
        throw .repeated(event, "event \(namesake.sequence) has the id \(event.eventID), too", .eventIDConflict)
    }

    private mutating func checkBeginning(_ event: Event, _ subject: UInt64) throws(LedgerError) {
        let earlier = try identities.events(ofSubjectOf: event, subject) { (sequence) throws(LedgerError) in
            try lookup.event(at: sequence)
        }
        guard let first = earlier.first else { return }
        let isTrade = event.body.type.isAboutTrade
        let problem =
            "\(event.body.type.family.name) \(event.body.subject) was \(isTrade ? "opened" : "begun") "
            + "by event \(first.sequence)"
        throw .repeated(event, problem, isTrade ? .tradeExists : .subjectExists)
    }

    /// No fill comes after the end of its trade, so only the fills of open trades are compared.
    private mutating func checkFill(of event: Event, _ trade: UInt64, _ fill: UInt64) throws(LedgerError) {
        let bytes = event.body.bytes.span
        guard let slot = subjects.openTrades.slot(of: bytes.extracting(bytes.subjectRange), trade) else { return }
        let open = subjects.openTrades[slot]
        let known = try open.event(withFillOf: event.body, fill) { (sequence) throws(LedgerError) in
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

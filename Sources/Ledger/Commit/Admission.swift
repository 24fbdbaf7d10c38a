import TradeModel

/// Decides which events enter the log, in the order in which they come: recognises retries, checks the rules, gives
/// sequence and time.
///
/// It holds the fold of the whole log, durable or about to be.
struct Admission<S: Storage> {
    /// Reads a durable event by its sequence.
    typealias Lookup = (UInt64) throws(LedgerError) -> Event

    /// What becomes of one event that breaks no rule.
    enum Verdict {
        case append(Event)
        /// It is on record already.
        case duplicate(Event)
    }

    private(set) var book = TradeBook<Trade>()
    /// Events that were admitted and are not durable yet, in order.
    private(set) var unflushed: [Event] = []
    private(set) var nextSequence: UInt64 = 1
    /// The time given to the last event; time never goes back.
    private(set) var lastRecordedAt = Timestamp(microsecondsSince1970: 0)
    private var identities: IdentityIndex<S>
    private var fills = OpenFills()
    /// What becomes of the events since `begin`, in order.
    private(set) var verdicts: [Verdict] = []
    private var undo: [Undo] = []
    private let clock: LedgerClock

    /// How to take back one event.
    private struct Undo {
        let event: Event
        /// How many events of the trade are before it.
        let ordinal: UInt64
        let previous: Trade?
        let previousRecordedAt: Timestamp
        let fills: OpenFills.Change
    }

    /// Begins behind a snapshot, or before the first event.
    init(behind start: LogStart<S>, clock: LedgerClock) {
        self.clock = clock
        identities = IdentityIndex(start.cover)
        guard let snapshot = start.snapshot else { return }
        nextSequence = snapshot.sequence + 1
        lastRecordedAt = snapshot.lastRecordedAt
        book = TradeBook(
            open: snapshot.book.open.mapValues(\.trade),
            lostCount: snapshot.book.lostCount,
            leftOutCount: snapshot.book.leftOutCount
        )
        for record in snapshot.book.open.values { fills.restore(record) }
    }

    /// How many identities the memory has room for.
    var identitySlotCount: Int { identities.slotCount }

    /// The last event whose identities are on disk.
    var coveredSequence: UInt64 { identities.coveredSequence }

    /// Goes over to identity runs that cover more.
    mutating func adopt(_ cover: IdentityCover<S>) { identities.adopt(cover) }

    /// The state of a trade, open or not; nil where there is none of that id.
    func trade(_ id: TradeBook<Trade>.Key, lookup: Lookup) throws(LedgerError) -> Trade? {
        if let trade = book.open[id] { return trade }
        return try TradeBook.fold(events(ofTrade: id[...], lookup))
    }

    /// Takes in an event of the log while opening.
    mutating func replay(_ event: Event, lookup: Lookup) throws(LedgerError) {
        // What changes no trade is not on record for retries either: sent again, it may fit.
        if let trade = try book.apply(event, identities, lookup: lookup) {
            identities.insert(event, ordinal: trade.eventCount - 1)
            _ = fills.note(event, trade)
        }
        nextSequence = event.sequence + 1
        lastRecordedAt = max(lastRecordedAt, event.recordedAt)
    }

    /// Begins with events that belong together: all of them are admitted or, where one breaks a rule, none.
    mutating func begin() {
        undo.removeAll(keepingCapacity: true)
        verdicts.removeAll(keepingCapacity: true)
    }

    /// Admits one event, or takes back all since `begin` and throws why it cannot be admitted.
    mutating func admit(_ draft: EventDraft, lookup: Lookup) throws(AppendError) {
        do throws(AppendError) { verdicts.append(try verdict(draft, lookup: lookup)) } catch {
            takeBack()
            throw error
        }
    }

    /// Takes back what was admitted since `begin`.
    mutating func takeBack() {
        verdicts.removeAll(keepingCapacity: true)
        while let last = undo.popLast() {
            identities.remove(last.event, ordinal: last.ordinal)
            fills.revert(last.fills)
            book.revert(TradeBook<Trade>.Key(last.event.body.tradeIDBytes), to: last.previous)
            unflushed.removeLast()
            nextSequence = last.event.sequence
            lastRecordedAt = last.previousRecordedAt
        }
    }

    /// Takes note that everything admitted so far is durable.
    mutating func markDurable() {
        unflushed.removeAll(keepingCapacity: true)
    }

    private mutating func verdict(_ draft: EventDraft, lookup: Lookup) throws(AppendError) -> Verdict {
        do {
            guard draft.body.type.isSentByProducers else { throw Rejection.reservedType(draft.body.type) }
            if let event = try onRecord(draft.eventID, lookup) { return try Self.duplicate(draft, event) }
            let id = TradeBook<Trade>.Key(draft.body.tradeIDBytes)
            let open = book.open[id]
            let history = open == nil ? try events(ofTrade: id[...], lookup) : []
            let trade = try open ?? TradeBook.fold(history)
            if let trade, let event = try onRecord(draft, trade, history, lookup) {
                return try Self.duplicate(draft, event)
            }
            return .append(try take(draft, id: id, trade: trade))
        } catch let rejection as Rejection {
            throw .rejected(rejection)
        } catch let error as LedgerError {
            throw .failed(error)
        } catch {
            preconditionFailure("no other error is thrown: \(error)")
        }
    }

    private static func duplicate(_ draft: EventDraft, _ event: Event) throws(Rejection) -> Verdict {
        guard event.body == draft.body else { throw conflict(draft, event) }
        return .duplicate(event)
    }

    /// The event on record under an event id.
    private func onRecord(_ eventID: EventID?, _ lookup: Lookup) throws(LedgerError) -> Event? {
        guard let eventID else { return nil }
        return try identities.event(eventID, before: nextSequence) { (sequence) throws(LedgerError) in
            try event(at: sequence, lookup)
        }
    }

    /// The event of the trade that this one repeats or contradicts, nil where it is new: by its fill id, or as the one
    /// open or close of its trade.
    ///
    /// `history` has the events of a trade that is not open.
    private func onRecord(
        _ draft: EventDraft,
        _ trade: Trade,
        _ history: [Event],
        _ lookup: Lookup
    ) throws(LedgerError) -> Event? {
        if let fillID = draft.body.textBytes(.fillID) {
            if let event = history.first(where: { $0.body.textBytes(.fillID) == fillID }) { return event }
            for sequence in fills.candidates(fillID, trade, draft.body.tradeIDBytes) {
                let event = try event(at: sequence, lookup)
                if event.body.tradeIDBytes == draft.body.tradeIDBytes, event.body.textBytes(.fillID) == fillID {
                    return event
                }
            }
        }
        // Another open or close of the trade is no conflict of ids: the rules name it better.
        let candidate = draft.body.type == .opened ? trade.firstSequence : trade.closeSequence
        guard draft.eventID == nil, draft.body.type == .opened || draft.body.type == .closed, let candidate else {
            return nil
        }
        let event = try event(at: candidate, lookup)
        return event.body == draft.body ? event : nil
    }

    private func events(ofTrade id: ArraySlice<UInt8>, _ lookup: Lookup) throws(LedgerError) -> [Event] {
        try identities.events(ofTrade: id, before: nextSequence) { (sequence) throws(LedgerError) in
            try event(at: sequence, lookup)
        }
    }

    private func event(at sequence: UInt64, _ lookup: Lookup) throws(LedgerError) -> Event {
        guard let first = unflushed.first?.sequence, sequence >= first else { return try lookup(sequence) }
        return unflushed[Int(sequence - first)]
    }

    private static func conflict(_ draft: EventDraft, _ event: Event) -> Rejection {
        let identity =
            draft.eventID == event.eventID
            ? "event_id \(event.eventID)" : "fill_id \(event.body.text(.fillID) ?? "") of trade \(event.body.tradeID)"
        return Rejection(
            .eventIDConflict,
            "\(identity) is on record at sequence \(event.sequence) with another body; "
                + "an event never changes: send a correction as a new event"
        )
    }

    private mutating func take(_ draft: EventDraft, id: TradeBook<Trade>.Key, trade: Trade?) throws(Rejection) -> Event
    {
        let next: Trade
        switch (draft.body.type, trade) {
        case (.opened, nil):
            next = try Trade(opening: draft.body, sequence: nextSequence)
        case (.opened, let known?):
            throw Rejection(
                .tradeExists,
                "trade \(draft.body.tradeID) was opened at sequence \(known.firstSequence); use another trade_id"
            )
        case (_, nil):
            throw Rejection(.unknownTrade, "there is no trade \(draft.body.tradeID); send its trade.opened first")
        case (_, var known?):
            try known.apply(draft.body, sequence: nextSequence)
            next = known
        }
        let recordedAt = max(clock.now(), lastRecordedAt)
        let event = Event(
            sequence: nextSequence,
            recordedAt: recordedAt,
            eventID: draft.eventID ?? EventID.version7(at: recordedAt, random: clock.random()),
            body: draft.body
        )
        unflushed.append(event)
        let ordinal = next.eventCount - 1
        undo.append(
            Undo(
                event: event,
                ordinal: ordinal,
                previous: trade,
                previousRecordedAt: lastRecordedAt,
                fills: fills.note(event, next)
            )
        )
        book.record(next, id: id)
        identities.insert(event, ordinal: ordinal)
        nextSequence += 1
        lastRecordedAt = recordedAt
        return event
    }
}

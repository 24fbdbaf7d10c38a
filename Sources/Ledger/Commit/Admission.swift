import TradeModel

/// Decides which events enter the log, in the order in which they come: recognises retries, checks the rules, gives
/// sequence and time.
///
/// It holds the fold of the whole log, durable or about to be.
struct Admission {
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
    private var identities = FingerprintTable()
    /// What becomes of the events since `begin`, in order.
    private(set) var verdicts: [Verdict] = []
    private var undo: [Undo] = []
    private let clock: LedgerClock

    /// How to take back one event.
    private struct Undo {
        let event: Event
        let trade: Trade
        let previous: Trade?
        let previousRecordedAt: Timestamp
    }

    init(clock: LedgerClock) {
        self.clock = clock
    }

    /// Takes in an event of the log while opening.
    mutating func replay(_ event: Event, lookup: Lookup) throws(LedgerError) {
        // What changes no trade is not on record for retries either: sent again, it may fit.
        if try book.apply(event, lookup: lookup) != nil { identify(event) }
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
            let body = last.event.body
            if let fillID = body.textBytes(.fillID) {
                identities.remove(Fingerprint.fill(fillID, ofTrade: body.tradeIDBytes), last.event.sequence)
            }
            identities.remove(Fingerprint.eventID(last.event.eventID), last.event.sequence)
            book.revert(
                last.trade,
                id: TradeBook<Trade>.Key(body.tradeIDBytes),
                sequence: last.event.sequence,
                to: last.previous
            )
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
        let id = TradeBook<Trade>.Key(draft.body.tradeIDBytes)
        let trade: Trade?
        do {
            guard draft.body.type.isSentByProducers else { throw Rejection.reservedType(draft.body.type) }
            trade = try book.trade(id) { (sequence) throws(LedgerError) in try event(at: sequence, lookup) }
            if let event = try onRecord(draft, trade, lookup) {
                guard event.body == draft.body else { throw Self.conflict(draft, event) }
                return .duplicate(event)
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

    /// The event on record that this one repeats or contradicts, nil where it is new: by its event id, by its fill id,
    /// or as the one open or close of its trade.
    private func onRecord(_ draft: EventDraft, _ trade: Trade?, _ lookup: Lookup) throws(LedgerError) -> Event? {
        if let eventID = draft.eventID {
            for sequence in identities.candidates(Fingerprint.eventID(eventID)) {
                let event = try event(at: sequence, lookup)
                if event.eventID == eventID { return event }
            }
        }
        guard let trade else { return nil }
        if let fillID = draft.body.textBytes(.fillID) {
            for sequence in identities.candidates(Fingerprint.fill(fillID, ofTrade: draft.body.tradeIDBytes)) {
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
        undo.append(Undo(event: event, trade: next, previous: trade, previousRecordedAt: lastRecordedAt))
        book.record(next, id: id, sequence: event.sequence)
        identify(event)
        nextSequence += 1
        lastRecordedAt = recordedAt
        return event
    }

    private mutating func identify(_ event: Event) {
        identities.insert(Fingerprint.eventID(event.eventID), event.sequence)
        if let fillID = event.body.textBytes(.fillID) {
            identities.insert(Fingerprint.fill(fillID, ofTrade: event.body.tradeIDBytes), event.sequence)
        }
    }
}

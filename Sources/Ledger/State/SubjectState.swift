package import TradeModel

/// The state of every subject in the log: trades, orders and halts.
///
/// Whoever reads a log applies its events here. Admission checks a new event with the same subjects before it is on
/// record.
///
/// What is open is in memory; the state of any other subject is folded again from its events on request. What has ended
/// takes no memory.
package struct SubjectState: Sendable {
    package internal(set) var openTrades: OpenTrades
    /// The open subjects of families that hold them, such as orders.
    var openLives: OpenSubjects<SubjectLife>
    package internal(set) var halts: Halts
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64
    /// Later events that were skipped because they depend on lost events.
    package private(set) var leftOutCount: UInt64

    /// The state after some event; before the first one by default.
    init(
        openTrades: OpenTrades = OpenTrades(),
        openLives: OpenSubjects<SubjectLife> = OpenSubjects(),
        halts: Halts = Halts(),
        lostCount: UInt64 = 0,
        leftOutCount: UInt64 = 0
    ) {
        self.openTrades = openTrades
        self.openLives = openLives
        self.halts = halts
        self.lostCount = lostCount
        self.leftOutCount = leftOutCount
    }

    /// The fold of a trade's events in order; nil where there are none.
    package static func fold(_ events: [Event]) throws(LedgerError) -> Trade? {
        var trade: Trade?
        for event in events {
            do throws(Rejection) {
                if event.body.type == .opened {
                    trade = try Trade(opening: event)
                } else if trade == nil {
                    throw .unknownTrade(event)
                } else {
                    try trade?.apply(event)
                }
            } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return trade
    }

    /// Applies an event of the log, which was admitted once and so breaks no rule; nil where it is not on record,
    /// because it was lost or depends on a lost event.
    ///
    /// `subject` is the fingerprint of what the event is about, and `fill` that of the fill which the terms name.
    /// `history` reads the events before this one of a subject that is not an open trade. Before the first loss, an
    /// event that breaks a rule means corruption.
    mutating func apply(
        _ event: Event,
        _ terms: TradeTerms,
        ofSubject subject: UInt64,
        fill: UInt64?,
        history: () throws(LedgerError) -> [Event]
    ) throws(LedgerError) -> AppliedEvent? {
        guard event.body.type.isAboutTrade else {
            guard event.body.type != .lost else {
                lostCount += 1
                return nil
            }
            return try apply(event, toOtherSubject: subject, history: history)
        }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        let slot = openTrades.slot(of: id, subject)
        do throws(Rejection) {
            if let slot { return try apply(event, terms, toOpenTradeIn: slot, fill: fill) }
            if event.body.type == .opened {
                let trade = try OpenTrade(opening: event.body, terms, sequence: event.sequence, fill: fill)
                openTrades.insert(trade, id: id, subject)
                return AppliedEvent(ordinal: 0, change: .open(slot: openTrades.count - 1))
            }
        } catch {
            return try leaveOut(event, error)
        }
        return try apply(event, toTradeOf: history())
    }

    private mutating func apply(
        _ event: Event,
        _ terms: TradeTerms,
        toOpenTradeIn slot: Int,
        fill: UInt64?
    ) throws(Rejection) -> AppliedEvent {
        let (ordinal, isOpen) = try openTrades.update(slot) { (open) throws(Rejection) in
            if event.body.type == .opened {
                // Admission writes no such event, and an audit reports it.
                open = try OpenTrade(opening: event.body, terms, sequence: event.sequence, fill: fill)
            } else {
                try open.apply(event.body, terms, sequence: event.sequence, fill: fill)
            }
            return (open.lastOrdinal, open.trade.status == .open)
        }
        if isOpen { return AppliedEvent(ordinal: ordinal, change: .open(slot: slot)) }
        return AppliedEvent(ordinal: ordinal, change: .ended(slot: slot, openTrades.remove(slot).trade))
    }

    private mutating func apply(
        _ event: Event,
        toTradeOf earlier: [Event]
    ) throws(LedgerError) -> AppliedEvent? {
        let before = try Self.fold(earlier)
        do throws(Rejection) {
            guard let before else { throw .unknownTrade(event) }
            var after = before
            try after.apply(event)
            let change = TradeChange.settled(after, before: before, earlierEvents: earlier)
            return AppliedEvent(ordinal: UInt64(earlier.count), change: change)
        } catch {
            return try leaveOut(event, error)
        }
    }

    private mutating func apply(
        _ event: Event,
        toOtherSubject fingerprint: UInt64,
        history: () throws(LedgerError) -> [Event]
    ) throws(LedgerError) -> AppliedEvent? {
        let body = event.body
        do throws(Rejection) {
            try body.type.rules.checkValues(of: body)
            // A halt may have been lifted by an event that is lost.
            if lostCount == 0 { try halts.check(body) }
            guard body.type.role != .stands else {
                halts.apply(body, sequence: event.sequence)
                return AppliedEvent(ordinal: nil, change: .none)
            }
            if let slot = openSlot(of: body, fingerprint) {
                try openLives[slot].check(body)
                return AppliedEvent(ordinal: continueLife(in: slot, by: body), change: .none)
            }
        } catch {
            return try leaveOut(event, error)
        }
        // Admission writes no second beginning, and an audit reports one.
        let earlier = body.type.role == .begins ? [] : try history()
        do throws(Rejection) { try SubjectLife.check(body, after: earlier) } catch {
            return try leaveOut(event, error)
        }
        if earlier.isEmpty { beginLife(of: body, fingerprint, at: event.sequence) }
        return AppliedEvent(ordinal: UInt64(earlier.count), change: .noTrade(earlierEvents: earlier))
    }

    /// Counts an event as skipped; throws if no earlier event was lost.
    private mutating func leaveOut(_ event: Event, _ rejection: Rejection) throws(LedgerError) -> AppliedEvent? {
        guard lostCount > 0 else { throw .brokenRule(rejection, sequence: event.sequence) }
        leftOutCount += 1
        return nil
    }
}

/// The open subjects that have no fold of their own.
extension SubjectState {
    /// The slot of the open subject that an event is about; nil where its family holds none, or it is not open.
    func openSlot(of body: EventBody, _ fingerprint: UInt64) -> Int? {
        guard body.type.isHeldOpen else { return nil }
        let bytes = body.bytes.span
        let slot = openLives.slot(of: bytes.extracting(bytes.subjectRange), fingerprint)
        return slot.flatMap { openLives[$0].subject == body.type.subject ? $0 : nil }
    }

    /// Holds the subject that an event begins, unless its family holds none or the event ends it at once.
    mutating func beginLife(of body: EventBody, _ fingerprint: UInt64, at sequence: UInt64) {
        guard body.type.isHeldOpen, body.type.role != .ends, let subject = body.type.subject else { return }
        let bytes = body.bytes.span
        let life = SubjectLife(subject: subject, firstSequence: sequence)
        openLives.insert(life, id: bytes.extracting(bytes.subjectRange), fingerprint)
    }

    /// Whether the same subjects are open, with the same numbers of events.
    func hasSameLives(as other: SubjectState) -> Bool {
        guard openLives.count == other.openLives.count else { return false }
        return (0..<openLives.count).allSatisfy { slot in
            let id = openLives.id(at: slot)
            let life = openLives[slot]
            let namesake = other.openLives.slot(of: id.span, Fingerprint.subject(id.span, of: life.subject))
            return namesake.map { other.openLives[$0] } == life
        }
    }

    /// Counts the next event of an open subject, and returns how many it had before.
    mutating func continueLife(in slot: Int, by body: EventBody) -> UInt64 {
        let ordinal = openLives[slot].eventCount
        if body.type.role == .ends {
            openLives.remove(slot)
        } else {
            openLives.update(slot) { $0.eventCount += 1 }
        }
        return ordinal
    }
}

extension Rejection {
    fileprivate static func unknownTrade(_ event: Event) -> Rejection {
        Rejection(.unknownTrade, "there is no trade \(event.body.subject)")
    }
}

/// What an event of the log, which is on record, did to the state.
package struct AppliedEvent {
    /// Counts the events of its subject from 0; nil where that has no beginning.
    let ordinal: UInt64?
    let change: TradeChange
}

/// What an event did to the trades.
package enum TradeChange: Sendable {
    /// It changed none.
    case none
    /// It is about another subject, which is not held open, and of which these events came earlier.
    case noTrade(earlierEvents: [Event])
    /// It opened or changed the trade in a slot: the one after the last, if it opened the trade.
    case open(slot: Int)
    /// It ended the trade in a slot. The trade in the last slot, if that is another one, has moved there.
    indirect case ended(slot: Int, Trade)
    /// It changed a trade that was not open before, of which these events came earlier.
    indirect case settled(Trade, before: Trade, earlierEvents: [Event])
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

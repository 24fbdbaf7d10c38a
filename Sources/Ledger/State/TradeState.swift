package import TradeModel

/// The state of every trade in the log.
///
/// Whoever reads a log applies its events here. Admission checks a new event with the same trades before it is on
/// record.
///
/// Open trades are in memory; the state of any other is folded again from its events on request. Closed trades take no
/// memory.
package struct TradeState: Sendable {
    package internal(set) var open: OpenTrades
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64
    /// Later events that were skipped because they depend on lost events.
    package private(set) var leftOutCount: UInt64

    /// The state after some event; before the first one by default.
    init(open: OpenTrades = OpenTrades(), lostCount: UInt64 = 0, leftOutCount: UInt64 = 0) {
        self.open = open
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
            guard event.body.type.role != .stands else { return AppliedEvent(ordinal: nil, change: .none) }
            return try apply(event, toOtherSubjectOf: history())
        }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        let slot = open.slot(of: id, subject)
        do throws(Rejection) {
            if let slot { return try apply(event, terms, toOpenTradeIn: slot, fill: fill) }
            if event.body.type == .opened {
                let trade = try OpenTrade(opening: event.body, terms, sequence: event.sequence, fill: fill)
                open.insert(trade, id: id, subject)
                return AppliedEvent(ordinal: 0, change: .open(slot: open.count - 1))
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
        let (ordinal, isOpen) = try open.update(slot) { (open) throws(Rejection) in
            if event.body.type == .opened {
                // Admission writes no such event, and an audit reports it.
                open = try OpenTrade(opening: event.body, terms, sequence: event.sequence, fill: fill)
            } else {
                try open.apply(event.body, terms, sequence: event.sequence, fill: fill)
            }
            return (open.lastOrdinal, open.trade.status == .open)
        }
        if isOpen { return AppliedEvent(ordinal: ordinal, change: .open(slot: slot)) }
        return AppliedEvent(ordinal: ordinal, change: .ended(slot: slot, open.remove(slot).trade))
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
        toOtherSubjectOf earlier: [Event]
    ) throws(LedgerError) -> AppliedEvent? {
        do throws(Rejection) { try SubjectLife.check(event.body, after: earlier) } catch {
            return try leaveOut(event, error)
        }
        return AppliedEvent(ordinal: UInt64(earlier.count), change: .none)
    }

    /// Counts an event as skipped; throws if no earlier event was lost.
    private mutating func leaveOut(_ event: Event, _ rejection: Rejection) throws(LedgerError) -> AppliedEvent? {
        guard lostCount > 0 else { throw .brokenRule(rejection, sequence: event.sequence) }
        leftOutCount += 1
        return nil
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

/// The rules of a subject that has no fold of its own: it begins once, and nothing follows its end.
enum SubjectLife {
    /// Checks that an event may follow the events of its subject, which are given in order.
    static func check(_ body: EventBody, after history: [Event]) throws(Rejection) {
        switch body.type.role {
        case .stands: return
        case .begins:
            guard let first = history.first else { return }
            throw Rejection(
                .subjectExists,
                "\(name(body)) began at sequence \(first.sequence); use another \(idName(body))"
            )
        case .continues, .ends:
            guard !history.isEmpty else {
                let beginnings = body.type.family.eventTypes.filter { $0.role == .begins }.map(\.name)
                throw Rejection(
                    .unknownSubject,
                    "there is no \(name(body)); send its \(beginnings.joined(separator: " or ")) first"
                )
            }
            guard let end = history.first(where: { $0.body.type.role == .ends }) else { return }
            throw Rejection(
                .subjectEnded,
                "\(name(body)) ended with \(end.body.type.name) at sequence \(end.sequence); nothing may follow"
            )
        }
    }

    private static func name(_ body: EventBody) -> String { "\(body.type.family.name) \(body.subject)" }

    private static func idName(_ body: EventBody) -> String { body.type.subject?.name ?? "id" }
}

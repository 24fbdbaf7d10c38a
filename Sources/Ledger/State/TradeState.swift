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

    /// Applies an event of the log, which was admitted once and so breaks no rule; `read` receives the resulting trade,
    /// if the event is about one.
    ///
    /// `subject` is the fingerprint of what the event is about; `identities` finds the events before this one of a
    /// subject that is not an open trade. Before the first loss, an event that breaks a rule means corruption.
    @discardableResult
    package mutating func apply<S>(
        _ event: Event,
        ofSubject subject: UInt64,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event,
        read: (Fold) -> Void = { _ in }
    ) throws(LedgerError) -> AppliedEvent {
        let type = event.body.type
        guard type.isAboutTrade else {
            guard type != .lost else {
                lostCount += 1
                return .skipped
            }
            return try apply(event, ofOtherSubject: subject, identities, lookup: lookup)
        }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        if let slot = open.slot(of: id, subject) { return try apply(event, toOpenTradeIn: slot, read) }
        var fold: Fold?
        if event.body.type != .opened {
            fold = try Self.fold(
                identities.events(
                    of: .tradeID,
                    event.body.subjectBytes,
                    subject,
                    before: event.sequence,
                    lookup: lookup
                )
            )
        }
        do throws(Rejection) {
            let next = try Self.fold(event, after: fold)
            read(next)
            let eventCount = next.eventCount
            if next.isOpen { open.insert(next, id: id, subject) }
            return .recorded(ordinal: eventCount - 1)
        } catch {
            try leaveOut(event, error)
            return .skipped
        }
    }

    private mutating func apply<S>(
        _ event: Event,
        ofOtherSubject subject: UInt64,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> AppliedEvent {
        guard event.body.type.role != .stands else { return .recorded(ordinal: nil) }
        let history = try identities.events(
            of: event.body.type.subject,
            event.body.subjectBytes,
            subject,
            before: event.sequence,
            lookup: lookup
        )
        do throws(Rejection) { try SubjectLife.check(event.body, after: history) } catch {
            try leaveOut(event, error)
            return .skipped
        }
        return .recorded(ordinal: UInt64(history.count))
    }

    private mutating func apply(
        _ event: Event,
        toOpenTradeIn slot: Int,
        _ read: (Fold) -> Void
    ) throws(LedgerError) -> AppliedEvent {
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
            return .skipped
        }
        if !isOpen { open.remove(slot) }
        return .recorded(ordinal: eventCount - 1)
    }

    /// Counts an event as skipped; throws if no earlier event was lost.
    private mutating func leaveOut(_ event: Event, _ rejection: Rejection) throws(LedgerError) {
        guard lostCount > 0 else { throw .brokenRule(rejection, sequence: event.sequence) }
        leftOutCount += 1
    }

    private static func fold(_ event: Event, after fold: consuming Fold?) throws(Rejection) -> Fold {
        if event.body.type == .opened { return try Fold(opening: event) }
        guard var fold else { throw Rejection(.unknownTrade, "there is no trade \(event.body.subject)") }
        try fold.apply(event)
        return fold
    }
}

/// What an event of the log did to the state.
package enum AppliedEvent: Equatable {
    /// Nothing: it was lost, or depends on a lost event.
    case skipped
    /// It is on record; `ordinal` counts the events of its subject from 0, and is nil where that has no beginning.
    case recorded(ordinal: UInt64?)
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

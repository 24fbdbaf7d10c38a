import TradeModel

/// Events that are admitted together, and what is needed to undo them: the previous state of the trades they change,
/// the orders they end, and what was halted.
///
/// A trade is saved before the first event of the group that changes it, and when one ends it; trades that the group
/// itself opened are not saved.
struct EventGroup {
    /// Whether events may have to be undone after they are admitted.
    enum Reversal {
        /// One event is refused before it changes anything.
        case neverNeeded
        case possible
    }

    private enum Change {
        /// The state before the first event of the group.
        case changed(from: Trade)
        case ended(OpenTrade)
        case endedLife(SubjectLife)
        /// What was in force before the event.
        case halts(Halts)
    }

    private let reversal: Reversal
    /// How many events the frame holds before the group.
    let firstIndex: Int
    private let firstSequence: UInt64
    /// The time of the last event before the group.
    let previousRecordedAt: Timestamp
    /// The time of the group's events.
    let recordedAt: Timestamp
    private var changes: [(sequence: UInt64, change: Change)] = []

    /// A group that follows an event; its time comes from a clock that may have gone back.
    init(
        _ reversal: Reversal,
        firstIndex: Int,
        firstSequence: UInt64,
        previousRecordedAt: Timestamp,
        clock: Timestamp
    ) {
        self.reversal = reversal
        self.firstIndex = firstIndex
        self.firstSequence = firstSequence
        self.previousRecordedAt = previousRecordedAt
        recordedAt = max(clock, previousRecordedAt)
    }

    /// Whether an event came before the group, so that what it left may have to be restored.
    func mayRestore(whatWasLeftAt sequence: UInt64) -> Bool { reversal == .possible && sequence < firstSequence }

    /// Keeps what a trade was before an event.
    mutating func keep(_ trade: Trade, before sequence: UInt64) {
        changes.append((sequence, .changed(from: trade)))
    }

    /// Keeps a trade that an event has ended.
    mutating func keep(ended trade: OpenTrade, by sequence: UInt64) {
        changes.append((sequence, .ended(trade)))
    }

    /// Keeps an open subject that an event has ended.
    mutating func keep(ended life: SubjectLife, by sequence: UInt64) {
        if reversal == .possible { changes.append((sequence, .endedLife(life))) }
    }

    /// Keeps what was halted before an event.
    mutating func keep(_ halts: Halts, before sequence: UInt64) {
        if reversal == .possible { changes.append((sequence, .halts(halts))) }
    }

    /// Forgets what was kept last, since the event was refused.
    mutating func forgetLast() { changes.removeLast() }

    /// Undoes the last event in its subject.
    mutating func takeBack(_ event: Event, in subjects: inout SubjectState) {
        guard event.body.type.isAboutTrade else { return takeBackOther(event, in: &subjects) }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        let fingerprint = Fingerprint.trade(id)
        if case (event.sequence, .ended(let trade))? = changes.last {
            subjects.openTrades.insert(trade, id: id, fingerprint)
            changes.removeLast()
        }
        // Not there: it was not open before, or the group opened it and ended it.
        guard let slot = subjects.openTrades.slot(of: id, fingerprint) else { return }
        guard event.body.type != .opened else {
            subjects.openTrades.remove(slot)
            return
        }
        if let fill = Fingerprint.fill(of: event.body, TradeTerms(bytes), ofTrade: fingerprint) {
            subjects.openTrades.update(slot) { $0.forgetFill(fill, event.sequence) }
        }
        if case (event.sequence, .changed(let trade))? = changes.last {
            subjects.openTrades.update(slot) { $0.revert(to: trade) }
            changes.removeLast()
        }
    }

    private mutating func takeBackOther(_ event: Event, in subjects: inout SubjectState) {
        if case (event.sequence, .halts(let halts))? = changes.last {
            subjects.halts = halts
            changes.removeLast()
            return
        }
        let fingerprint = Fingerprint.subject(of: event.body)
        if case (event.sequence, .endedLife(let life))? = changes.last {
            let bytes = event.body.bytes.span
            subjects.openLives.insert(life, id: bytes.extracting(bytes.subjectRange), fingerprint)
            changes.removeLast()
            return
        }
        // Not there: it was not open before, or its family holds none.
        guard let slot = subjects.openSlot(of: event.body, fingerprint) else { return }
        if subjects.openLives[slot].eventCount == 1 {
            subjects.openLives.remove(slot)
        } else {
            subjects.openLives.update(slot) { $0.eventCount -= 1 }
        }
    }
}

import TradeModel

/// Decides in order of arrival which events enter the log: recognises retries, checks the rules, and assigns sequence
/// and time.
///
/// It holds the fold of the whole log, including events that are not durable yet, and the next frame.
struct Admission<S: Storage>: ~Copyable {
    /// Reads a durable event by its sequence.
    typealias Lookup = (UInt64) throws(LedgerError) -> Event

    private(set) var subjects = SubjectState()
    /// Events that were admitted and are not durable yet.
    var frame: PendingFrame
    private var nextSequence: UInt64 = 1
    /// The time given to the last event; time never goes back.
    private var lastRecordedAt = Timestamp(microsecondsSince1970: 0)
    private var identities: IdentityIndex<S>
    private var group: EventGroup
    /// The durable events of the segment that is not finished.
    private var segment: SegmentIdentities
    /// Bytes of records since the last snapshot.
    private var recordByteCount = 0
    private let ledgerID: EventID
    private let random: @Sendable () -> (UInt64, UInt64)

    /// Begins after a snapshot, or with the first event.
    init(of ledgerID: EventID, after start: consuming LogStart<S>, clock: LedgerClock) {
        random = clock.random
        self.ledgerID = ledgerID
        frame = PendingFrame(of: DerivedEventIDs(of: ledgerID))
        identities = IdentityIndex(start.runSet, start.eventIDs(of: ledgerID))
        segment = SegmentIdentities(from: start.runSet.lastSequence + 1)
        if let snapshot = start.snapshot {
            nextSequence = snapshot.end.sequence + 1
            lastRecordedAt = snapshot.lastRecordedAt
            subjects = snapshot.subjects
        }
        group = EventGroup(
            .neverNeeded,
            firstIndex: 0,
            firstSequence: nextSequence,
            previousRecordedAt: lastRecordedAt,
            clock: lastRecordedAt
        )
    }

    /// How many identities the memory has room for.
    var identitySlotCount: Int { identities.slotCount }

    /// The last event whose identities are on disk.
    var coveredSequence: UInt64 { identities.coveredSequence }

    /// Types of the events that were admitted since `begin`.
    var admittedTypes: [EventType] { frame.types(from: group.firstIndex) }

    /// Switches to index runs that cover more.
    mutating func adopt(_ runSet: RunSet<S>) { identities.adopt(runSet) }

    /// The state of a trade, open or not; nil where there is none of that id.
    func trade(_ id: ArraySlice<UInt8>, lookup: Lookup) throws(LedgerError) -> Trade? {
        let fingerprint = Fingerprint.trade(id.span)
        if let slot = subjects.openTrades.slot(of: id.span, fingerprint) { return subjects.openTrades[slot].trade }
        return try SubjectState.fold(events(of: .tradeID, id, fingerprint, lookup))
    }

    /// Takes in an event of the log while opening.
    mutating func replay(_ event: Event, lookup: Lookup) throws(LedgerError) {
        let subject = Fingerprint.subject(of: event.body)
        let terms = TradeTerms(event.body.bytes.span)
        let fill = Fingerprint.fill(of: event.body, terms, ofTrade: subject)
        let applied = try subjects.apply(event, terms, ofSubject: subject, fill: fill) { () throws(LedgerError) in
            try identities.events(ofSubjectOf: event, subject, lookup: lookup)
        }
        if let applied {
            let identity = EventIdentity(storedID: event.storedID, ofSubject: subject, ordinal: applied.ordinal)
            identities.insert(identity, at: event.sequence, recordedAt: event.recordedAt)
            segment.add(event.sequence, storedID: identity.storedID, subject: identity.subject)
        } else {
            // It is not on record for retries: if it is sent again, it may be valid.
            identities.skip(event)
            segment.skip(event.sequence)
        }
        recordByteCount += EventRecord.framedByteCount(event.body, event.idOrigin)
        nextSequence = event.sequence + 1
        lastRecordedAt = max(lastRecordedAt, event.recordedAt)
    }

    /// Makes the frame durable, and begins the next one.
    mutating func flushFrame(to writer: inout SegmentWriter<S>) throws(LedgerError) {
        let first = writer.durableSequence + 1
        let byteCount = frame.payloadByteCount
        try frame.flush(to: &writer) { index, identity in
            segment.add(first + UInt64(index), storedID: identity.storedID, subject: identity.subject)
        }
        recordByteCount += byteCount
    }

    /// Hands over the segment that ends with the last event, all of whose events are durable.
    mutating func finishSegment(endChecksum: UInt32) -> FinishedSegment {
        let last = nextSequence - 1
        let isNew = last >= segment.firstSequence
        defer {
            if isNew { segment = SegmentIdentities(from: nextSequence) }
        }
        let snapshotByteCount = Snapshot.usualByteCount(of: subjects)
        // So snapshots rarely take more bytes than the log, and opening reads little besides the last one.
        let isSnapshotDue = recordByteCount >= snapshotByteCount
        if isSnapshotDue { recordByteCount = 0 }
        return FinishedSegment(
            identities: isNew ? segment : nil,
            snapshot: isSnapshotDue ? snapshot(at: last, endChecksum) : nil,
            endChecksum: endChecksum
        )
    }

    private func snapshot(at sequence: UInt64, _ endChecksum: UInt32) -> Snapshot {
        Snapshot(
            end: SegmentEnd(ledgerID: ledgerID, sequence: sequence, checksum: endChecksum),
            lastRecordedAt: lastRecordedAt,
            reservedIDs: identities.reservedIDs(after: sequence, recordedAt: lastRecordedAt),
            subjects: subjects
        )
    }

    /// Begins a group of events that are admitted together: all of them, or none if one breaks a rule.
    ///
    /// They are recorded at the given time, or at that of the last event if it is later.
    mutating func begin(at time: Timestamp, _ reversal: EventGroup.Reversal) {
        group = EventGroup(
            reversal,
            firstIndex: frame.count,
            firstSequence: nextSequence,
            previousRecordedAt: lastRecordedAt,
            clock: time
        )
    }

    /// The receipts of the events that are admitted next in a commit that begins at a time.
    func nextReceipts(at time: Timestamp) -> ReceiptRange {
        ReceiptRange(
            firstSequence: nextSequence,
            recordedAt: max(time, lastRecordedAt),
            derivedIDs: DerivedEventIDs(of: ledgerID)
        )
    }

    /// Admits one event, or undoes everything since `begin` and throws why the event cannot be admitted.
    ///
    /// Returns nil where the receipt is the next one of `nextReceipts`: the event was appended, and its id is derived.
    mutating func admit(_ draft: EventDraft, lookup: Lookup) throws(AppendError) -> Receipt? {
        do { return try receipt(draft, lookup) } catch {
            takeBack()
            switch error {
            case let rejection as Rejection: throw .rejected(rejection)
            case let fault as LedgerError: throw .failed(fault)
            default: preconditionFailure("no other error is thrown: \(error)")
            }
        }
    }

    /// Undoes everything admitted since `begin`.
    mutating func takeBack() {
        while frame.count > group.firstIndex {
            let (event, identity) = frame.removeLast()
            identities.remove(identity, at: event.sequence)
            group.takeBack(event, in: &subjects)
            (nextSequence, lastRecordedAt) = (event.sequence, group.previousRecordedAt)
        }
    }

    private mutating func receipt(_ draft: EventDraft, _ lookup: Lookup) throws -> Receipt? {
        let body = draft.body
        guard body.type.isSentByProducers else { throw Rejection.reservedType(body.type) }
        if let eventID = draft.eventID, let event = try onRecord(eventID, lookup) {
            return try Self.duplicate(draft, event)
        }
        guard body.type.isAboutTrade else { return try receipt(ofOtherSubject: draft, lookup) }
        let bytes = body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        let fingerprint = Fingerprint.trade(id)
        let terms = TradeTerms(bytes)
        guard let slot = subjects.openTrades.slot(of: id, fingerprint) else {
            return try receipt(draft, terms, ofTradeNotOpen: fingerprint, lookup)
        }
        identities.prefetchPlace(ofSubject: fingerprint, ordinal: subjects.openTrades[slot].trade.eventCount)
        let fill = Fingerprint.fill(of: body, terms, ofTrade: fingerprint)
        if let event = try onRecord(draft, slot, fill, lookup) { return try Self.duplicate(draft, event) }
        if body.type == .opened { throw Self.tradeExists(body, subjects.openTrades[slot].trade.firstSequence) }
        return take(draft, fingerprint, ordinal: try apply(body, terms, slot, fill))
    }

    /// Applies an event to an open trade and returns how many events the trade had before.
    private mutating func apply(
        _ body: EventBody,
        _ terms: TradeTerms,
        _ slot: Int,
        _ fill: UInt64?
    ) throws(Rejection) -> UInt64 {
        let sequence = nextSequence
        // The first event of the group that changes a trade keeps what the trade was before.
        let isKept = group.mayRestore(whatWasLeftAt: subjects.openTrades[slot].trade.lastSequence)
        if isKept { group.keep(subjects.openTrades[slot].trade, before: sequence) }
        do throws(Rejection) {
            try subjects.openTrades.update(slot) { (open) throws(Rejection) in
                try open.apply(body, terms, sequence: sequence, fill: fill)
            }
        } catch {
            if isKept { group.forgetLast() }
            throw error
        }
        let ordinal = subjects.openTrades[slot].lastOrdinal
        if subjects.openTrades[slot].trade.status != .open { end(slot, by: sequence) }
        return ordinal
    }

    private mutating func end(_ slot: Int, by sequence: UInt64) {
        // Undoing the group removes a trade that it opened, so nothing of such a trade is kept.
        if group.mayRestore(whatWasLeftAt: subjects.openTrades[slot].trade.firstSequence) {
            group.keep(ended: subjects.openTrades[slot], by: sequence)
        }
        subjects.openTrades.remove(slot)
    }

    private mutating func receipt(
        _ draft: EventDraft,
        _ terms: TradeTerms,
        ofTradeNotOpen fingerprint: UInt64,
        _ lookup: Lookup
    ) throws -> Receipt? {
        let body = draft.body
        identities.prefetchPlace(ofSubject: fingerprint, ordinal: 0)
        let history = try events(of: .tradeID, body.subjectBytes, fingerprint, lookup)
        if let event = Self.onRecord(draft, history) { return try Self.duplicate(draft, event) }
        if let first = history.first {
            if body.type == .opened { throw Self.tradeExists(body, first.sequence) }
            guard var trade = try SubjectState.fold(history) else { preconditionFailure("a trade has events") }
            try trade.apply(body, terms, sequence: nextSequence)
            return take(draft, fingerprint, ordinal: UInt64(history.count))
        }
        guard body.type == .opened else {
            throw Rejection(.unknownTrade, "there is no trade \(body.subject); send its trade.opened first")
        }
        let fill = Fingerprint.fill(of: body, terms, ofTrade: fingerprint)
        let bytes = body.bytes.span
        subjects.openTrades.insert(
            try OpenTrade(opening: body, terms, sequence: nextSequence, fill: fill),
            id: bytes.extracting(bytes.subjectRange),
            fingerprint
        )
        return take(draft, fingerprint, ordinal: 0)
    }

    private mutating func receipt(ofOtherSubject draft: EventDraft, _ lookup: Lookup) throws -> Receipt? {
        let body = draft.body
        let fingerprint = Fingerprint.subject(of: body)
        guard body.type.role != .stands else {
            try body.type.rules.checkValues(of: body)
            if body.type.isAboutScope {
                group.keep(subjects.halts, before: nextSequence)
                subjects.halts.apply(body, sequence: nextSequence)
            }
            return take(draft, fingerprint, ordinal: nil)
        }
        if let slot = subjects.openSlot(of: body, fingerprint) {
            return try receipt(draft, fingerprint, ofOpenSubjectIn: slot, lookup)
        }
        let history = try events(of: body.type.subject, body.subjectBytes, fingerprint, lookup)
        if let event = Self.onRecord(draft, history) { return try Self.duplicate(draft, event) }
        try SubjectLife.check(body, after: history)
        try body.type.rules.checkValues(of: body)
        try subjects.halts.check(body)
        if history.isEmpty { subjects.beginLife(of: body, fingerprint, at: nextSequence) }
        return take(draft, fingerprint, ordinal: UInt64(history.count))
    }

    private mutating func receipt(
        _ draft: EventDraft,
        _ fingerprint: UInt64,
        ofOpenSubjectIn slot: Int,
        _ lookup: Lookup
    ) throws -> Receipt? {
        let body = draft.body
        let life = subjects.openLives[slot]
        if draft.eventID == nil, body.type.isRecognisedByBody {
            let first = try event(at: life.firstSequence, lookup)
            if draft.repeats(first) { return try Self.duplicate(draft, first) }
        }
        try life.check(body)
        try body.type.rules.checkValues(of: body)
        if body.type.role == .ends { group.keep(ended: life, by: nextSequence) }
        return take(draft, fingerprint, ordinal: subjects.continueLife(in: slot, by: body))
    }

    /// Takes in an event that breaks no rule and was applied to its subject.
    private mutating func take(_ draft: EventDraft, _ subject: UInt64, ordinal: UInt64?) -> Receipt? {
        let (sequence, recordedAt) = (nextSequence, group.recordedAt)
        let storedID = draft.eventID ?? identities.idToStore(at: sequence, recordedAt: recordedAt, random: random)
        let identity = EventIdentity(storedID: storedID, ofSubject: subject, ordinal: ordinal)
        frame.append(draft.body, sequence: sequence, recordedAt: recordedAt, identity)
        identities.insert(identity, at: sequence, recordedAt: recordedAt)
        nextSequence += 1
        lastRecordedAt = recordedAt
        return storedID.map { Receipt(.appended, sequence: sequence, recordedAt: recordedAt, eventID: $0) }
    }
}

/// Finds the event that a new event repeats or contradicts: by its event id, its fill id, or as the open or close of
/// its trade.
extension Admission {
    private func onRecord(_ eventID: EventID, _ lookup: Lookup) throws(LedgerError) -> Event? {
        try identities.event(eventID, before: nextSequence) { (sequence) throws(LedgerError) in
            try event(at: sequence, lookup)
        }
    }

    /// The event of an open trade that this one repeats or contradicts; nil where it is new.
    private func onRecord(
        _ draft: EventDraft,
        _ slot: Int,
        _ fill: UInt64?,
        _ lookup: Lookup
    ) throws(LedgerError) -> Event? {
        let body = draft.body
        if let fill,
            let known = try subjects.openTrades[slot].event(
                withFillOf: body,
                fill,
                lookup: { (sequence) throws(LedgerError) in try self.event(at: sequence, lookup) }
            )
        {
            return known
        }
        guard draft.eventID == nil, body.type == .opened else { return nil }
        // A second open of the trade is not an id conflict: the rules report it more precisely.
        let event = try self.event(at: subjects.openTrades[slot].trade.firstSequence, lookup)
        return draft.repeats(event) ? event : nil
    }

    /// The event of a subject, not an open trade, that this one repeats or contradicts; nil where it is new.
    private static func onRecord(_ draft: EventDraft, _ history: [Event]) -> Event? {
        guard !history.isEmpty else { return nil }
        let body = draft.body
        if body.type.isAboutTrade, let fillID = body.textBytes(.fillID),
            let event = history.first(where: { $0.body.textBytes(.fillID) == fillID })
        {
            return event
        }
        guard draft.eventID == nil, body.type.isRecognisedByBody else { return nil }
        // A second beginning or end of the subject is not an id conflict: the rules report it more precisely.
        return history.first { draft.repeats($0) }
    }

    private func events(
        of field: Field?,
        _ id: ArraySlice<UInt8>,
        _ subject: UInt64,
        _ lookup: Lookup
    ) throws(LedgerError) -> [Event] {
        try identities.events(of: field, id, subject, before: nextSequence) { (sequence) throws(LedgerError) in
            try event(at: sequence, lookup)
        }
    }

    private func event(at sequence: UInt64, _ lookup: Lookup) throws(LedgerError) -> Event {
        if let event = frame.event(at: sequence) { return event }
        return try lookup(sequence)
    }

    private static func duplicate(_ draft: EventDraft, _ event: Event) throws(Rejection) -> Receipt {
        guard draft.repeats(event) else { throw conflict(draft, event) }
        return Receipt(.duplicate, sequence: event.sequence, recordedAt: event.recordedAt, eventID: event.eventID)
    }

    private static func conflict(_ draft: EventDraft, _ event: Event) -> Rejection {
        let identity =
            draft.eventID == event.eventID
            ? "event_id \(event.eventID)" : "fill_id \(event.body.text(.fillID) ?? "") of trade \(event.body.subject)"
        return Rejection(
            .eventIDConflict,
            "\(identity) is on record at sequence \(event.sequence) with another body; "
                + "an event never changes: send a correction as a new event"
        )
    }

    private static func tradeExists(_ body: EventBody, _ sequence: UInt64) -> Rejection {
        Rejection(
            .tradeExists,
            "trade \(body.subject) was opened at sequence \(sequence); use another trade_id"
        )
    }
}

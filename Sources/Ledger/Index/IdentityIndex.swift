package import TradeModel

/// Finds the events of an id or of a subject: in index runs on disk, and in memory for events after the runs.
///
/// It finds candidates, which are verified by reading the event. Memory does not grow with history.
package struct IdentityIndex<S: Storage>: Sendable {
    private var table = FingerprintTable()
    private var runSet: RunSet<S>
    /// Which ids the ledger derives: these are neither in the runs nor in the table.
    private var eventIDs: EventIDAssignment?
    /// Events after the runs that are not on record although they may have a derived id, ascending.
    private var skipped: [UInt64] = []

    /// `eventIDs` is nil for callers that never look up an event id.
    init(_ runSet: RunSet<S> = RunSet(), _ eventIDs: EventIDAssignment? = nil) {
        self.runSet = runSet
        self.eventIDs = eventIDs
    }

    /// The last event that the runs know.
    var coveredSequence: UInt64 { runSet.lastSequence }
    /// How many entries the memory has room for.
    var slotCount: Int { table.slotCount }

    /// Switches to runs that cover more, and drops the entries they cover.
    mutating func adopt(_ runSet: RunSet<S>) {
        precondition(runSet.lastSequence >= coveredSequence, "entries that the runs cover were dropped here")
        guard runSet.lastSequence > coveredSequence || runSet.runs.count != self.runSet.runs.count else { return }
        self.runSet = runSet
        table.drop(upTo: runSet.lastSequence)
        skipped.removeAll { $0 <= runSet.lastSequence }
    }

    /// Begins to load where the position of the next event of a subject will be: it is rarely in the processor's cache.
    func prefetchPlace(ofSubject subject: UInt64, ordinal: UInt64) {
        table.prefetch(Fingerprint.event(ofSubject: subject, ordinal: ordinal))
    }

    /// Adds the identities of an event that was recorded at a time, unless the runs have them.
    mutating func insert(_ identity: EventIdentity, at sequence: UInt64, recordedAt: Timestamp) {
        if let id = identity.storedID { insertID(id, at: sequence, recordedAt: recordedAt) }
        guard let place = identity.place, sequence > coveredSequence else { return }
        table.insert(place, sequence)
    }

    /// Adds only the stored id of an event, for callers that add positions separately.
    mutating func insertID(_ id: EventID, at sequence: UInt64, recordedAt: Timestamp) {
        // The runs do not know which ids are reserved.
        reserve(id, storedAt: sequence, recordedAt: recordedAt)
        if sequence > coveredSequence { table.insert(Fingerprint.event(id), sequence) }
    }

    /// Adds only that the ledger must not derive the stored id of an event again, for callers that never look up ids.
    mutating func reserve(_ id: EventID, storedAt sequence: UInt64, recordedAt: Timestamp) {
        eventIDs?.reserve(id, storedAt: sequence, recordedAt: recordedAt)
    }

    /// The id that the next event, which came without one, has to store; nil where the ledger derives it.
    func idToStore(at sequence: UInt64, recordedAt: Timestamp, random: () -> (UInt64, UInt64)) -> EventID? {
        guard let eventIDs else { preconditionFailure("an index of event ids") }
        return eventIDs.idToStore(at: sequence, recordedAt: recordedAt, random: random)
    }

    /// Whether an id may have been derived for an event before another one.
    func mayBeDerived(_ id: EventID, before limit: UInt64) -> Bool {
        eventIDs?.sequence(of: id).map { $0 < limit } ?? false
    }

    /// Whether an earlier event stores an id that the ledger could derive.
    func isReserved(_ id: EventID) -> Bool { eventIDs?.isReserved(id) ?? false }

    /// The stored ids that the ledger could derive for an event after one of a sequence and a time.
    func reservedIDs(after sequence: UInt64, recordedAt: Timestamp) -> [EventID] {
        eventIDs?.reserved(after: sequence, recordedAt: recordedAt) ?? []
    }

    /// Takes note of an event that is not on record, because it was lost or depends on a lost event.
    mutating func skip(_ event: Event) {
        switch event.idOrigin {
        case .derived: if event.sequence > coveredSequence { skipped.append(event.sequence) }
        case .stored: reserve(event.eventID, storedAt: event.sequence, recordedAt: event.recordedAt)
        }
    }

    /// Adds only the position of an event within its subject, for callers that never look up an event id.
    ///
    /// `ordinal` counts the events of the subject from 0.
    mutating func insertPlace(ofSubject subject: UInt64, ordinal: UInt64, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(Fingerprint.event(ofSubject: subject, ordinal: ordinal), sequence)
    }

    /// Undoes `insert`.
    mutating func remove(_ identity: EventIdentity, at sequence: UInt64) {
        if let id = identity.storedID {
            eventIDs?.release(id)
            table.remove(Fingerprint.event(id), sequence)
        }
        if let place = identity.place { table.remove(place, sequence) }
    }

    /// The event of an id before `limit`; nil where there is none.
    func event(
        _ id: EventID,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        if let event = try derivedEvent(id, before: limit, lookup) { return event }
        let fingerprint = Fingerprint.event(id)
        func examine(_ sequence: UInt64) throws(LedgerError) -> Event? {
            guard sequence < limit else { return nil }
            let event = try lookup(sequence)
            return event.eventID == id ? event : nil
        }
        for sequence in try runSet.candidates(ofEvent: id, fingerprint) {
            if let event = try examine(sequence) { return event }
        }
        return try table.find(fingerprint, examine)
    }

    /// The event on record whose derived id this is; nil where there is none.
    private func derivedEvent(
        _ id: EventID,
        before limit: UInt64,
        _ lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        guard let sequence = eventIDs?.sequence(of: id), sequence < limit else { return nil }
        let event = try lookup(sequence)
        guard event.idOrigin == .derived, event.eventID == id else { return nil }
        let isSkipped = sequence > coveredSequence ? skipped.contains(sequence) : try runSet.skips(event)
        return isSkipped ? nil : event
    }

    /// The events before one that are about the same subject, whose id has the fingerprint `subject`, in order.
    func events(
        ofSubjectOf event: Event,
        _ subject: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> [Event] {
        let body = event.body
        return try events(of: body.type.subject, body.subjectBytes, subject, before: event.sequence, lookup: lookup)
    }

    /// The events of a subject before `limit`, in order; `field` holds its id, and `subject` is the id's fingerprint.
    ///
    /// The runs store them all under one fingerprint; in memory, each position within the subject has its own.
    package func events(
        of field: Field?,
        _ id: ArraySlice<UInt8>,
        _ subject: UInt64,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> [Event] {
        func examine(_ sequence: UInt64) throws(LedgerError) -> Event? {
            guard sequence < limit else { return nil }
            let event = try lookup(sequence)
            return event.body.type.subject == field && event.body.subjectBytes.elementsEqual(id) ? event : nil
        }
        var events: [Event] = []
        for sequence in try runSet.candidates(subject) where sequence != events.last?.sequence {
            if let event = try examine(sequence) { events.append(event) }
        }
        while let event = try table.find(Fingerprint.event(ofSubject: subject, ordinal: UInt64(events.count)), examine)
        {
            events.append(event)
        }
        return events
    }
}

/// What one event is found by: its id if that is stored, and its place among the events of its subject.
struct EventIdentity {
    /// Nil where the id is derived, which is found by its sequence.
    let storedID: EventID?
    /// A fingerprint.
    ///
    /// Nil for an event of a subject that has no beginning: no rule asks for the events before it.
    let place: UInt64?
    /// The fingerprint of the subject; nil where `place` is.
    let subject: UInt64?

    /// The identity of an event by its id and the fingerprint of its subject.
    ///
    /// `ordinal` counts the events of the subject from 0.
    init(storedID: EventID?, ofSubject subject: UInt64, ordinal: UInt64?) {
        self.storedID = storedID
        self.subject = ordinal == nil ? nil : subject
        place = ordinal.map { Fingerprint.event(ofSubject: subject, ordinal: $0) }
    }
}

/// The identities of the events of one segment, as its index run is to hold them.
struct SegmentIdentities: Sendable {
    /// The first of the events.
    let firstSequence: UInt64
    /// In the order of the events.
    private(set) var entries: [IndexEntry] = []
    /// How many of the events have no entries, because they were lost or depend on a lost one.
    private(set) var skippedCount: UInt32 = 0
    /// Milliseconds after the time of every UUIDv7 among the stored ids; 0 where there is none.
    private(set) var idTimeEnd: UInt64 = 0
    /// The event that comes next.
    private(set) var nextSequence: UInt64

    /// No identities yet.
    init(from firstSequence: UInt64) {
        self.firstSequence = firstSequence
        nextSequence = firstSequence
    }

    /// Adds the next event, which is on record.
    ///
    /// An event before `firstSequence` adds nothing.
    /// `subject` is nil where no rule asks for the events of what it is about.
    mutating func add(_ sequence: UInt64, storedID: EventID?, subject: UInt64?) {
        guard sequence >= nextSequence else { return }
        nextSequence = sequence + 1
        if let storedID {
            entries.append(IndexEntry(Fingerprint.event(storedID), sequence))
            idTimeEnd = max(idTimeEnd, storedID.version7Milliseconds.map { $0 + 1 } ?? 0)
        }
        if let subject { entries.append(IndexEntry(subject, sequence)) }
    }

    /// Counts the next event, which is not on record.
    mutating func skip(_ sequence: UInt64) {
        guard sequence >= nextSequence else { return }
        nextSequence = sequence + 1
        skippedCount += 1
    }
}

/// Decides which id an event without one gets, and which event an id can be derived from.
///
/// The ledger derives an id from the sequence and the time, and stores none. A producer may send an id that the ledger
/// would derive for a later event, for example one from a fork, or from the lost end of a log that was restored from a
/// backup. Such an id is reserved: if the ledger comes to derive it, it stores a random id for that event instead. So
/// no two events of a ledger have one id.
package struct EventIDAssignment: Sendable {
    private let derivedIDs: DerivedEventIDs
    /// Stored ids that the ledger could derive for a later event; rarely any.
    private var reserved: Set<EventID>

    /// The ids of a ledger, and those that were reserved so far.
    package init(of ledgerID: EventID, reserved: [EventID] = []) {
        derivedIDs = DerivedEventIDs(of: ledgerID)
        self.reserved = Set(reserved)
    }

    /// The id that an event that came without one has to store; nil where the ledger derives it.
    package func idToStore(
        at sequence: UInt64,
        recordedAt: Timestamp,
        random: () -> (UInt64, UInt64)
    ) -> EventID? {
        // Rarely any id is reserved, so the event's own is hardly ever computed.
        if reserved.isEmpty && sequence <= DerivedEventIDs.sequenceMax { return nil }
        if let id = derivedIDs.id(at: sequence, recordedAt: recordedAt), !isReserved(id) { return nil }
        return EventID.version7(at: recordedAt, random: random())
    }

    /// The sequence of the one event whose derived id this can be; nil where there is none.
    ///
    /// It is that event's id only if the event stores none, and the event's own time gives exactly this id.
    package func sequence(of id: EventID) -> UInt64? { derivedIDs.sequence(of: id) }

    /// Reserves an id that the event of a sequence stores, if the ledger could derive it for a later event.
    ///
    /// Time never goes back, so an id with an earlier time is never derived again.
    package mutating func reserve(_ id: EventID, storedAt sequence: UInt64, recordedAt: Timestamp) {
        if isDerivable(id, after: sequence, recordedAt) { reserved.insert(id) }
    }

    /// Undoes `reserve`.
    package mutating func release(_ id: EventID) {
        if !reserved.isEmpty { reserved.remove(id) }
    }

    /// Whether an earlier event stores this id, which the ledger could derive.
    package func isReserved(_ id: EventID) -> Bool { !reserved.isEmpty && reserved.contains(id) }

    /// The reserved ids that the ledger could derive for an event after one of a sequence and a time, ascending.
    package func reserved(after sequence: UInt64, recordedAt: Timestamp) -> [EventID] {
        reserved.filter { isDerivable($0, after: sequence, recordedAt) }
            .sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    private func isDerivable(_ id: EventID, after sequence: UInt64, _ recordedAt: Timestamp) -> Bool {
        guard let derived = derivedIDs.sequence(of: id), let milliseconds = id.version7Milliseconds
        else { return false }
        return derived > sequence && milliseconds >= recordedAt.millisecondsSince1970
    }
}

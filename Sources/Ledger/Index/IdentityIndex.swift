package import TradeModel

/// Finds the events of an id or of a subject: in index runs on disk, and in memory for events after the runs.
///
/// It finds candidates, which are verified by reading the event. Memory does not grow with history.
package struct IdentityIndex<S: Storage>: Sendable {
    private var table = FingerprintTable()
    private var runSet: RunSet<S>

    init(_ runSet: RunSet<S> = RunSet()) {
        self.runSet = runSet
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
    }

    /// Adds an event that the runs do not cover.
    mutating func insert(_ identity: EventIdentity, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(identity.event, sequence)
        if let place = identity.place { table.insert(place, sequence) }
    }

    /// Adds only the position of an event within its subject, for callers that never look up an event id.
    ///
    /// `ordinal` counts the events of the subject from 0.
    mutating func insertPlace(ofSubject subject: UInt64, ordinal: UInt64, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(Fingerprint.event(ofSubject: subject, ordinal: ordinal), sequence)
    }

    /// Adds only the fingerprint of an event's id, for callers that add positions separately.
    mutating func insertID(_ eventID: UInt64, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(eventID, sequence)
    }

    /// Undoes `insert`.
    mutating func remove(_ identity: EventIdentity, at sequence: UInt64) {
        table.remove(identity.event, sequence)
        if let place = identity.place { table.remove(place, sequence) }
    }

    /// The event of an id before `limit`; nil where there is none.
    func event(
        _ id: EventID,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        let fingerprint = Fingerprint.event(id)
        func examine(_ sequence: UInt64) throws(LedgerError) -> Event? {
            guard sequence < limit else { return nil }
            let event = try lookup(sequence)
            return event.eventID == id ? event : nil
        }
        for sequence in try runSet.candidates(fingerprint) {
            if let event = try examine(sequence) { return event }
        }
        return try table.find(fingerprint, examine)
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

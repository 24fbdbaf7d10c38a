package import TradeModel

/// Finds the events of an id or of a trade: in index runs on disk, and in memory for events after the runs.
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
        table.insert(identity.place, sequence)
    }

    /// Adds only the position of an event within its trade, for callers that never look up an event id.
    ///
    /// `ordinal` counts the events of the trade from 0.
    mutating func insertPlace(ofTrade trade: UInt64, ordinal: UInt64, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(Fingerprint.event(ofTrade: trade, ordinal: ordinal), sequence)
    }

    /// Adds only the fingerprint of an event's id, for callers that add positions separately.
    mutating func insertID(_ eventID: UInt64, at sequence: UInt64) {
        guard sequence > coveredSequence else { return }
        table.insert(eventID, sequence)
    }

    /// Undoes `insert`.
    mutating func remove(_ identity: EventIdentity, at sequence: UInt64) {
        table.remove(identity.event, sequence)
        table.remove(identity.place, sequence)
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

    /// The events of a trade before `limit`, in order; `trade` is the fingerprint of its id.
    ///
    /// The runs store them all under one fingerprint; in memory, each position within the trade has its own.
    package func events(
        ofTrade id: ArraySlice<UInt8>,
        _ trade: UInt64,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> [Event] {
        func examine(_ sequence: UInt64) throws(LedgerError) -> Event? {
            guard sequence < limit else { return nil }
            let event = try lookup(sequence)
            return event.body.tradeIDBytes.elementsEqual(id) ? event : nil
        }
        var events: [Event] = []
        for sequence in try runSet.candidates(trade) where sequence != events.last?.sequence {
            if let event = try examine(sequence) { events.append(event) }
        }
        while let event = try table.find(Fingerprint.event(ofTrade: trade, ordinal: UInt64(events.count)), examine) {
            events.append(event)
        }
        return events
    }
}

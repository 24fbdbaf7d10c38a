package import TradeModel

/// Where the events of an id and of a trade are: in identity runs on disk, and in memory for what is behind them.
///
/// What it finds are candidates, verified by reading the event. Memory does not grow with history.
package struct IdentityIndex<S: Storage>: Sendable {
    private var table = FingerprintTable()
    private var cover: IdentityCover<S>

    init(_ cover: IdentityCover<S> = IdentityCover()) {
        self.cover = cover
    }

    /// The last event that the runs know.
    var coveredSequence: UInt64 { cover.lastSequence }
    /// How many entries the memory has room for.
    var slotCount: Int { table.slotCount }

    /// Goes over to runs that cover more, and forgets what they know.
    mutating func adopt(_ cover: IdentityCover<S>) {
        precondition(cover.lastSequence >= coveredSequence, "what the runs know was forgotten here")
        guard cover.lastSequence > coveredSequence || cover.runs.count != self.cover.runs.count else { return }
        self.cover = cover
        table.drop(upTo: cover.lastSequence)
    }

    /// Takes in an event that is behind the runs; `ordinal` counts the events of its trade from 0.
    mutating func insert(_ event: Event, ordinal: UInt64) {
        guard event.sequence > coveredSequence else { return }
        table.insert(Fingerprint.event(event.eventID), event.sequence)
        insertPlace(of: event, ordinal: ordinal)
    }

    /// Takes in only where the event is among those of its trade: for who never looks for an event id.
    mutating func insertPlace(of event: Event, ordinal: UInt64) {
        guard event.sequence > coveredSequence else { return }
        let trade = Fingerprint.trade(event.body.tradeIDBytes)
        table.insert(Fingerprint.event(ofTrade: trade, ordinal: ordinal), event.sequence)
    }

    /// Takes back `insert`.
    mutating func remove(_ event: Event, ordinal: UInt64) {
        let trade = Fingerprint.trade(event.body.tradeIDBytes)
        table.remove(Fingerprint.event(event.eventID), event.sequence)
        table.remove(Fingerprint.event(ofTrade: trade, ordinal: ordinal), event.sequence)
    }

    /// The event of an id before `limit`; nil where there is none.
    func event(
        _ id: EventID,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        let fingerprint = Fingerprint.event(id)
        for sequence in try cover.candidates(fingerprint) + table.candidates(fingerprint) where sequence < limit {
            let event = try lookup(sequence)
            if event.eventID == id { return event }
        }
        return nil
    }

    /// The events of a trade before `limit`, in order.
    ///
    /// The runs know them all under one fingerprint; in memory, each place among the events of the trade has its own.
    package func events(
        ofTrade id: ArraySlice<UInt8>,
        before limit: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> [Event] {
        let trade = Fingerprint.trade(id)
        var events: [Event] = []
        for sequence in try cover.candidates(trade) where sequence < limit && sequence != events.last?.sequence {
            let event = try lookup(sequence)
            if event.body.tradeIDBytes.elementsEqual(id) { events.append(event) }
        }
        while let event = try event(ofTrade: id, trade, ordinal: UInt64(events.count), before: limit, lookup) {
            events.append(event)
        }
        return events
    }

    private func event(
        ofTrade id: ArraySlice<UInt8>,
        _ trade: UInt64,
        ordinal: UInt64,
        before limit: UInt64,
        _ lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        for sequence in table.candidates(Fingerprint.event(ofTrade: trade, ordinal: ordinal)) where sequence < limit {
            let event = try lookup(sequence)
            if event.body.tradeIDBytes.elementsEqual(id) { return event }
        }
        return nil
    }
}

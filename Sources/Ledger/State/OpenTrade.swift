import TradeModel

/// An open trade as admission keeps it: its state, and the sequences of its fills.
///
/// A repeated fill is recognised without reading the log. The fills of trades that are not open are found among the
/// trade's events.
struct OpenTrade: TradeFold {
    private(set) var trade: Trade
    /// From the fingerprints of fill ids to the sequences of their events.
    private var fills = FingerprintTable()

    /// The trade that an event begins, which may have the fingerprint of a fill.
    init(opening body: EventBody, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        trade = try Trade(opening: body, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    init(opening event: Event) throws(Rejection) {
        trade = try Trade(opening: event)
        note(event)
    }

    /// Takes in the trade of a snapshot.
    init(_ record: SnapshotTrade) {
        trade = record.trade
        for fill in record.fills { fills.insert(fill.fingerprint, fill.sequence) }
    }

    mutating func apply(_ event: Event) throws(Rejection) {
        try trade.apply(event)
        note(event)
    }

    /// Applies the next event of the trade, which may have the fingerprint of a fill.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ body: EventBody, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        try trade.apply(body, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    private mutating func noteFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.insert(fingerprint, sequence) }

    /// How many events the trade had before the last one.
    var lastOrdinal: UInt64 { trade.eventCount - 1 }

    /// The event that has a fill, out of those that may have it; `examine` returns nil for another event.
    func fill<Failure>(
        _ fingerprint: UInt64,
        _ examine: (UInt64) throws(Failure) -> Event?
    ) throws(Failure) -> Event? {
        try fills.find(fingerprint, examine)
    }

    /// Forgets a fill of an event that is taken back.
    mutating func forgetFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.remove(fingerprint, sequence) }

    /// Restores an earlier state.
    mutating func revert(to trade: Trade) { self.trade = trade }

    private mutating func note(_ event: Event) {
        guard event.body.textBytes(.fillID) != nil else { return }
        let fingerprint = Fingerprint.subject(of: event.body)
        if let fill = Fingerprint.fill(of: event.body, ofTrade: fingerprint) { noteFill(fill, event.sequence) }
    }
}

extension TradeState<OpenTrade> {
    /// The event of an open trade that already has the fill of a body; nil if the fill is new, or the body has none.
    ///
    /// Admission answers such a body as a retry or a conflict, and an audit calls it a broken rule. `fill` is the
    /// fingerprint of the body's fill.
    func event(
        ofTradeIn slot: Int,
        withFillOf body: EventBody,
        _ fill: UInt64?,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        guard let fill else { return nil }
        return try open.folds[slot].fill(fill) { (sequence) throws(LedgerError) -> Event? in
            let event = try lookup(sequence)
            let isSame =
                event.body.type.isAboutTrade && event.body.subjectBytes == body.subjectBytes
                && event.body.textBytes(.fillID) == body.textBytes(.fillID)
            return isSame ? event : nil
        }
    }
}

package import TradeModel

/// The open trades.
package typealias OpenTrades = OpenSubjects<OpenTrade>

extension OpenSubjects where Subject == OpenTrade {
    /// The trades with their ids.
    var all: [(id: [UInt8], trade: Trade)] { (0..<count).map { (id(at: $0), self[$0].trade) } }
}

/// An open trade: its state, and the sequences of its fills.
///
/// A repeated fill is recognised without reading the log. The fills of trades that are not open are found among the
/// trade's events.
package struct OpenTrade: Sendable {
    /// Where a fill of the trade is.
    struct Fill: Hashable {
        let fingerprint: UInt64
        let sequence: UInt64
    }

    package private(set) var trade: Trade
    /// From the fingerprints of fill ids to the sequences of their events.
    private var fills = FingerprintTable()

    /// The trade that an event begins, which may have the fingerprint of a fill.
    init(opening body: EventBody, _ terms: TradeTerms, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        trade = try Trade(opening: body, terms, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    /// A trade of which no fill was noted yet.
    init(_ trade: Trade) {
        self.trade = trade
    }

    /// The fills in the order of their events.
    var orderedFills: [Fill] {
        fills.entries.map { Fill(fingerprint: $0.fingerprint, sequence: $0.number) }
            .sorted { $0.sequence < $1.sequence }
    }

    /// How many events the trade had before the last one.
    var lastOrdinal: UInt64 { trade.eventCount - 1 }

    /// Applies the next event of the trade, which may have the fingerprint of a fill.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ body: EventBody, _ terms: TradeTerms, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        try trade.apply(body, terms, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    /// The event that has the fill of a body, which has this fingerprint; nil where the fill is new.
    ///
    /// Admission answers such a body as a retry or a conflict, and an audit calls it a broken rule.
    func event(
        withFillOf body: EventBody,
        _ fingerprint: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        try fills.find(fingerprint) { (sequence) throws(LedgerError) -> Event? in
            let event = try lookup(sequence)
            let isSame =
                event.body.type.isAboutTrade && event.body.subjectBytes == body.subjectBytes
                && event.body.textBytes(.fillID) == body.textBytes(.fillID)
            return isSame ? event : nil
        }
    }

    /// Notes the fill of an event of the trade, by its fingerprint.
    mutating func noteFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.insert(fingerprint, sequence) }

    /// Forgets a fill of an event that is taken back.
    mutating func forgetFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.remove(fingerprint, sequence) }

    /// Restores an earlier state.
    mutating func revert(to trade: Trade) { self.trade = trade }
}

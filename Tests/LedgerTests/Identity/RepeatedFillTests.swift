import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Repeated fills of an open trade` {
    /// Events of one trade, each with its own fill but the last one.
    private static func events(count: UInt64, lastFill: String) throws -> [Event] {
        try (1...count).map { sequence in
            let fill = sequence == count ? lastFill : "fill-\(sequence)"
            let fields: [Field: String] = [.amount: "1", .price: "1", .fillID: fill]
            let opening: [Field: String] = [.symbol: "BTC/USDT", .side: "buy", .orderType: "limit"]
            let draft = try EventDraft(
                sequence == 1 ? .opened : .increased,
                subject: "long",
                occurredAt: Timestamp(microsecondsSince1970: 1_700_000_000_000_000),
                fields: sequence == 1 ? fields.merging(opening) { $1 } : fields
            )
            return Event(
                sequence: sequence,
                recordedAt: Timestamp(microsecondsSince1970: 1),
                eventID: EventID(high: 0, low: sequence),
                body: draft.body
            )
        }
    }

    /// The sequences of the events that were read to find the fill of the last one, and the event that has the fill.
    private func search(_ events: [Event]) throws -> (readSequences: [UInt64], repeated: Event?) {
        func terms(_ event: Event) -> TradeTerms { TradeTerms(event.body.bytes.span) }
        func fill(_ event: Event) throws -> UInt64 {
            try #require(Fingerprint.fill(of: event.body, terms(event), ofTrade: 7))
        }
        let first = events[0]
        var trade = try OpenTrade(opening: first.body, terms(first), sequence: 1, fill: fill(first))
        for event in events.dropFirst().dropLast() {
            try trade.apply(event.body, terms(event), sequence: event.sequence, fill: fill(event))
        }
        var readSequences: [UInt64] = []
        let last = events[events.count - 1]
        let repeated = try trade.event(withFillOf: last.body, fill(last)) { (sequence) throws(LedgerError) in
            readSequences.append(sequence)
            return events[Int(sequence) - 1]
        }
        return (readSequences, repeated)
    }

    @Test func `are found by reading one event, however many there are`() throws {
        let outcome = try search(Self.events(count: 500, lastFill: "fill-7"))
        #expect(outcome.readSequences == [7] && outcome.repeated?.sequence == 7)
    }

    @Test func `are not found where the fill is new, and no event is read`() throws {
        let outcome = try search(Self.events(count: 500, lastFill: "fill-500"))
        #expect(outcome.readSequences.isEmpty && outcome.repeated == nil)
    }
}

import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Suspected fills` {
    /// Events of one trade, each with its own fill; an audit suspects every one.
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

    /// The number of times that the trade was read, and the event that the last one repeats.
    private func audit(_ events: [Event]) throws -> (readCount: Int, repeated: Event?) {
        var fills = SuspectedFills()
        var readCount = 0
        var repeated: Event?
        for event in events {
            let identity = ScreenedIdentity(event)
            if !fills.holdsTrade(of: event, identity.subject) {
                readCount += 1
                fills.takeInTrade(of: event, identity.subject, Array(events.prefix(Int(event.sequence) - 1)))
            }
            repeated = try fills.event(withFillOf: event, identity) { (sequence) throws(LedgerError) in
                events[Int(sequence) - 1]
            }
            fills.note(event, identity)
        }
        return (readCount, repeated)
    }

    @Test func `are checked by reading the trade once, however many there are`() throws {
        let outcome = try audit(Self.events(count: 500, lastFill: "fill-7"))
        #expect(outcome.readCount == 1 && outcome.repeated?.sequence == 7)
    }

    @Test func `that are new are not repetitions`() throws {
        let outcome = try audit(Self.events(count: 500, lastFill: "fill-500"))
        #expect(outcome.readCount == 1 && outcome.repeated == nil)
    }
}

import Ledger
import LedgerTestSupport
import TradeModel

/// The program that sends events to the simulated ledger: new ones, repeated ones, and some that break a rule.
///
/// It does not read the answers, so it also sends intents during a halt, and events of trades that were refused.
struct Program {
    private var random: SeededGenerator
    private var events: EventGenerator
    private var sent: [EventDraft] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        events = EventGenerator(seed: seed)
    }

    /// The next events, at least one.
    mutating func nextDrafts() throws -> [EventDraft] {
        var drafts: [EventDraft] = []
        for _ in 0...random.next(below: random.next(below: 8) == 0 ? 24 : 3) { drafts.append(try nextDraft()) }
        return drafts
    }

    private mutating func nextDraft() throws -> EventDraft {
        // Half of the events get an id, by which the ledger recognises them when they are sent again. It recognises
        // intents, opens and closes without one.
        let chosen = EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (random.next(), random.next()))
        let id = random.next(below: 2) == 0 ? chosen : nil
        switch random.next(below: 24) {
        case 0...1 where !sent.isEmpty: return sent[Int(random.next(below: UInt64(sent.count)))]
        // The id of an earlier event.
        case 2 where !sent.isEmpty:
            return EventDraft(eventID: sent.randomElement(using: &random)?.eventID, body: try events.next().body)
        case 3...5: return EventDraft(eventID: id, body: try wrong())
        case let choice:
            let draft = EventDraft(eventID: id, body: try choice < 10 ? unplanned() : events.next().body)
            if id != nil || draft.body.type.isRecognisedByBody { sent.append(draft) }
            return draft
        }
    }

    /// An event that breaks a rule whatever is on record.
    private mutating func wrong() throws -> EventBody {
        switch random.next(below: 4) {
        case 0...1: try Self.body(#""type":"trade.annotated","trade_id":"nobody","reason":"orphan""#)
        case 2: try Self.body(#""type":"price.observed","symbol":"A/B","price":0"#)
        default: try Self.body(#""type":"account.deposited","account":"main","currency":"EUR","amount":-1"#)
        }
    }

    /// An event of one of a few subjects, whatever came before: what is on record decides.
    private mutating func unplanned() throws -> EventBody {
        if random.next(below: 3) == 0 { return try unplannedLife() }
        let order = #""order_id":"o-\#(random.next(below: 6))""#
        let scope = #""scope":"\#(Self.scopes[Int(random.next(below: UInt64(Self.scopes.count)))])""#
        switch random.next(below: 10) {
        case 0...3:
            return try Self.body(
                #""type":"order.submitted",\#(order),"symbol":"A/B","side":"buy","order_type":"limit","strategy":"s","#
                    + #""venue":"v","amount":\#(random.next(below: 4)),"reduce_only":\#(random.next(below: 4) == 0)"#
            )
        case 4...6:
            let type = Self.outcomes[Int(random.next(below: UInt64(Self.outcomes.count)))]
            return try Self.body(#""type":"order.\#(type)",\#(order)"#)
        case 7...8: return try Self.body(#""type":"risk.resumed",\#(scope)"#)
        default: return try Self.body(#""type":"risk.halted",\#(scope)"#)
        }
    }

    /// An event of a decision, a prediction or an alert.
    private mutating func unplannedLife() throws -> EventBody {
        let id = random.next(below: 4)
        let value = random.next(below: 2)
        switch random.next(below: 7) {
        case 0: return try Self.body(#""type":"decision.made","decision_id":"d-\#(id)","action":"buy""#)
        case 1: return try Self.body(#""type":"decision.vetoed","decision_id":"d-\#(id)","reason":"\#(value)""#)
        case 2:
            return try Self.body(#""type":"prediction.made","prediction_id":"p-\#(id)","model":"m","value":\#(value)"#)
        case 3: return try Self.body(#""type":"prediction.resolved","prediction_id":"p-\#(id)","value":\#(value)"#)
        case 4:
            return try Self.body(#""type":"alert.raised","alert_id":"a-\#(id)","severity":"info","title":"x""#)
        case 5: return try Self.body(#""type":"alert.acknowledged","alert_id":"a-\#(id)","actor":"\#(value)""#)
        default: return try Self.body(#""type":"alert.resolved","alert_id":"a-\#(id)""#)
        }
    }

    private static let scopes = ["all", "strategy:s", "symbol:A/B", "account:default", "venue:v", "venue:w"]
    private static let outcomes = ["accepted", "unknown", "rejected", "cancelled", "expired", "completed"]

    private static func body(_ members: String) throws -> EventBody {
        try EventJSON.decode(line: Array("{\"occurred_at\":1700000000001,\(members)}".utf8)).body
    }
}

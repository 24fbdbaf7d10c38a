import Ledger
import LedgerTestSupport
import TradeModel

/// The program that sends events to the simulated ledger: new ones, repeated ones, and some that break a rule.
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
        if !sent.isEmpty && random.next(below: 12) == 0 {
            return sent[Int(random.next(below: UInt64(sent.count)))]
        }
        // Half of the events get an id, by which the ledger recognises them when they are sent again.
        let chosen = EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (random.next(), random.next()))
        let id = random.next(below: 2) == 0 ? chosen : nil
        let isOrphan = random.next(below: 12) == 0
        let body = try isOrphan ? Self.orphan() : events.next().body
        let draft = EventDraft(eventID: id, body: body)
        if !isOrphan && id != nil { sent.append(draft) }
        return draft
    }

    /// A remark on a trade that was never opened, which the rules reject.
    private static func orphan() throws -> EventBody {
        let line = #"{"type":"trade.annotated","trade_id":"nobody","occurred_at":1700000000001,"reason":"orphan"}"#
        return try EventJSON.decode(line: Array(line.utf8)).body
    }
}

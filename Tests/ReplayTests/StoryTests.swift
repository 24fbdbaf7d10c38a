import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

@Suite struct `The story of a trade` {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `has exactly the events that belong to it, in the order of the ledger`(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        var generator = EventGenerator(seed: seed)
        try Self.write((0..<600).map { _ in generator.nextLine() }, to: directory.path)
        let reader = try LedgerReader(opening: directory.path)
        let events = try Self.events(of: reader)
        let replay = TradeReplay(reader)
        for trade in try replay.trades() {
            let story = try #require(try replay.story(of: trade.id))
            let expected = Self.expected(trade.id, events)
            #expect(story.entries.map(\.event.sequence) == expected.map(\.sequence), "seed \(seed), \(trade.id)")
            #expect(story.trade.trade == trade.trade)
        }
        #expect(try replay.story(of: "trade-0") == nil)
    }

    private static let decision = [
        #"{"type":"prediction.made","prediction_id":"p","occurred_at":1700000000001,"model":"m","value":"1","#
            + #""decision_id":"d"}"#,
        #"{"type":"decision.made","decision_id":"d","occurred_at":1700000000002,"action":"buy"}"#,
        #"{"type":"decision.vetoed","decision_id":"d","occurred_at":1700000000003}"#,
    ]

    private static func opened(_ more: String = "") -> String {
        #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
            + #""order_type":"market","amount":"1","price":"2"\#(more)}"#
    }

    @Test func `has what came before the order that leads to it, though the trade names nothing`() throws {
        let directory = TemporaryDirectory()
        let order =
            #"{"type":"order.submitted","order_id":"o","occurred_at":1700000000004,"symbol":"A/B","side":"buy","#
            + #""order_type":"market","amount":"1","trade_id":"t","decision_id":"d"}"#
        try Self.write(Self.decision + [order, Self.opened()], to: directory.path)
        let story = try TradeReplay(try LedgerReader(opening: directory.path)).story(of: "t")
        #expect(story?.entries.map(\.event.sequence) == [1, 2, 3, 4, 5])
        #expect(story?.orders.map(\.id.text) == ["o"])
    }

    @Test func `has no veto of a decision that was given up as damaged`() throws {
        let (original, directory) = (TemporaryDirectory(), TemporaryDirectory())
        try Self.write(Self.decision + [Self.opened(#","decision_id":"d""#)], to: original.path)
        try ForgedLog.write(from: original.path, into: directory.path) { events in
            var lost = BodyWriter(type: .lost, occurredAt: events[1].recordedAt, subject: [])
            lost.append(.reason, text: "disk".utf8)
            lost.append(.actor, text: "maria".utf8)
            let (time, id) = (events[1].recordedAt, events[1].eventID)
            events[1] = Event(sequence: 2, recordedAt: time, eventID: id, body: lost.finish())
        }
        let story = try TradeReplay(try LedgerReader(opening: directory.path)).story(of: "t")
        #expect(story?.entries.map(\.event.sequence) == [1, 4])
    }

    private static func write(_ lines: [String], to directory: String) throws {
        try Ledger.create(in: directory)
        let ledger = try Ledger(opening: directory)
        for line in lines {
            for outcome in ledger.append(lines: [EventLine(Array(line.utf8))]) { _ = try outcome.get() }
        }
        ledger.close()
    }

    private static func events(of reader: LedgerReader) throws -> [Event] {
        var events: [Event] = []
        var stream = try reader.events()
        while let event = try stream.next() { events.append(event.copied()) }
        return events
    }

    /// The events of a story, found by following names until nothing is added.
    private static func expected(_ trade: String, _ events: [Event]) -> [Event] {
        var names: Set = ["trade_id \(trade)"]
        while true {
            let story = events.filter { event in
                names.contains(Self.name(event)) || Self.leads(event).contains { names.contains($0) }
            }
            let found = names.union(story.flatMap { [Self.name($0)] + Self.named(by: $0) })
            guard found != names else { return story }
            names = found
        }
    }

    private static func name(_ event: Event) -> String {
        "\(event.body.type.subject?.name ?? "") \(event.body.subject)"
    }

    /// What an event names that makes it a part of the story.
    private static func leads(_ event: Event) -> [String] {
        let fields: [Field] =
            switch event.body.type.family.name {
            case "order", "decision": [.tradeID]
            case "prediction": [.decisionID]
            default: []
            }
        return fields.compactMap { field in event.body.text(field).map { "\(field.name) \($0)" } }
    }

    /// What an event names that thereby is a part of the story.
    private static func named(by event: Event) -> [String] {
        let fields: [Field] =
            switch event.body.type.family.name {
            case "trade": [.orderID, .decisionID]
            case "order": [.decisionID]
            default: []
            }
        return fields.compactMap { field in event.body.text(field).map { "\(field.name) \($0)" } }
    }
}

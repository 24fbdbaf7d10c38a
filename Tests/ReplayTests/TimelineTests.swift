import Ledger
import LedgerTestSupport
import Replay
import Testing
import TradeModel

@Suite struct `The timeline of a trade` {
    /// Both ids are "é" if compared by characters.
    private static let (composed, decomposed) = ("\u{e9}", "e\u{301}")

    @Test func `whose open was given up has no events of another trade, whose id differs in its bytes alone`() throws {
        let (original, directory) = (TemporaryDirectory(), TemporaryDirectory())
        try Ledger.create(in: original.path)
        let ledger = try Ledger(opening: original.path)
        for line in [
            Self.opened(Self.composed),
            #"{"type":"trade.closed","trade_id":"\#(Self.composed)","occurred_at":1700000000002,"price":"3"}"#,
            Self.opened(Self.decomposed),
        ] {
            for outcome in ledger.append(lines: [EventLine(Array(line.utf8))]) { _ = try outcome.get() }
        }
        ledger.close()
        try ForgedLog.write(from: original.path, into: directory.path) { events in
            var lost = BodyWriter(type: .lost, occurredAt: events[0].recordedAt, subject: [])
            lost.append(.reason, text: "disk".utf8)
            lost.append(.actor, text: "maria".utf8)
            let (time, id) = (events[0].recordedAt, events[0].eventID)
            events[0] = Event(sequence: 1, recordedAt: time, eventID: id, body: lost.finish())
        }
        let replay = TradeReplay(try LedgerReader(opening: directory.path))
        #expect(try replay.timeline(of: Self.composed).isEmpty)
        #expect(try replay.timeline(of: Self.decomposed).map(\.event.sequence) == [3])
    }

    private static func opened(_ id: String) -> String {
        #"{"type":"trade.opened","trade_id":"\#(id)","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
            + #""order_type":"market","amount":"1","price":"2"}"#
    }
}

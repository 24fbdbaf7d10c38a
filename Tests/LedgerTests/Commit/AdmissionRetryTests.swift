import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Commit of events that are sent again` {
    private static let eventID = EventID(high: 0xAB, low: 0xCD)

    /// One trade with an increase and a close, then enough other trades that the first is in an older segment.
    private struct History {
        let directory: TemporaryDirectory
        private(set) var ledger: Ledger
        let opened: EventDraft
        let increased: EventDraft
        let closed: EventDraft

        init() throws {
            directory = try TemporaryDirectory.withLedger()
            ledger = try Ledger(opening: directory.path, configuration: smallSegments)
            opened = try TradeEvents.opened("old", fillID: "f1")
            increased = try TradeEvents.increased("old", eventID: eventID, fillID: "f2")
            closed = try TradeEvents.closed("old", fillID: "f3")
            for draft in [opened, increased, closed] { _ = try ledger.append(draft) }
        }

        mutating func age() throws {
            let remark = String(repeating: "r", count: 1000)
            for index in 0..<4 {
                let id = "other \(index)"
                let remarks = try (0..<30).map { _ in try TradeEvents.annotated(id, remark) }
                _ = try ledger.append(batch: [try TradeEvents.opened(id)] + remarks + [try TradeEvents.closed(id)])
            }
            #expect(directory.segments.count >= 2)
            ledger.close()
            ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        }

        /// The answer to an event: the sequence of which it is a duplicate, or the code of its rejection.
        func outcome(_ draft: EventDraft) -> String {
            do throws(AppendError) {
                let receipt = try ledger.append(draft)
                return "\(receipt.status) \(receipt.sequence)"
            } catch {
                return code(error)?.rawValue ?? "\(error)"
            }
        }
    }

    enum Moment: CaseIterable {
        case atOnce
        case longAfter
    }

    private func history(_ moment: Moment) throws -> History {
        var history = try History()
        if moment == .longAfter { try history.age() }
        return history
    }

    @Test(arguments: Moment.allCases)
    func `an open, a fill and a close that are sent again are duplicates`(moment: Moment) throws {
        let history = try history(moment)
        #expect(history.outcome(history.opened) == "duplicate 1")
        #expect(history.outcome(history.increased) == "duplicate 2")
        #expect(history.outcome(history.closed) == "duplicate 3")
        history.ledger.close()
    }

    @Test(arguments: Moment.allCases)
    func `an event id with another body is a conflict, on any trade`(moment: Moment) throws {
        let history = try history(moment)
        let conflicts = try [
            TradeEvents.increased("old", eventID: Self.eventID, amount: "7", fillID: "f2"),
            TradeEvents.increased("old", eventID: Self.eventID),
            TradeEvents.opened("new", eventID: Self.eventID),
            TradeEvents.closed("unknown", eventID: Self.eventID),
        ]
        for draft in conflicts { #expect(history.outcome(draft) == "event_id_conflict") }
        history.ledger.close()
    }

    @Test(arguments: Moment.allCases)
    func `a fill id with another body is a conflict within its trade only`(moment: Moment) throws {
        let history = try history(moment)
        #expect(history.outcome(try TradeEvents.increased("old", amount: "7", fillID: "f2")) == "event_id_conflict")
        #expect(history.outcome(try TradeEvents.reduced("old", fillID: "f1")) == "event_id_conflict")
        #expect(history.outcome(try TradeEvents.closed("old", price: "1", fillID: "f3")) == "event_id_conflict")
        #expect(history.outcome(try TradeEvents.opened("new", fillID: "f2")).hasPrefix("appended"))
        history.ledger.close()
    }

    @Test(arguments: Moment.allCases)
    func `an equal fill under another event id is a duplicate`(moment: Moment) throws {
        let history = try history(moment)
        let again = EventDraft(eventID: EventID(high: 1, low: 2), body: history.increased.body)
        #expect(history.outcome(again) == "duplicate 2")
        history.ledger.close()
    }

    @Test(arguments: Moment.allCases)
    func `an open and a close without any id are known by their bodies`(moment: Moment) throws {
        var history = try history(moment)
        let opened = try TradeEvents.opened("plain")
        let closed = try TradeEvents.closed("plain", [.reason: "roi"])
        for draft in [opened, closed] { #expect(history.outcome(draft).hasPrefix("appended")) }
        let first = try #require(try history.ledger.trade("plain")).firstSequence
        if moment == .longAfter { try history.age() }
        #expect(history.outcome(opened) == "duplicate \(first)")
        #expect(history.outcome(closed) == "duplicate \(first + 1)")
        #expect(history.outcome(try TradeEvents.opened("plain", price: "12")) == "trade_exists")
        #expect(history.outcome(try TradeEvents.closed("plain", price: "12")) == "trade_closed")
        history.ledger.close()
    }

    @Test func `a close is still a duplicate after its trade was voided`() throws {
        let history = try history(.longAfter)
        #expect(history.outcome(try TradeEvents.voided("old")).hasPrefix("appended"))
        #expect(history.outcome(history.closed) == "duplicate 3")
        #expect(history.outcome(try TradeEvents.closed("old", price: "1")) == "trade_voided")
        history.ledger.close()
    }

    @Test func `an increase without any id is a new event each time`() throws {
        let history = try History()
        _ = try history.ledger.append(try TradeEvents.opened("plain"))
        let increased = try TradeEvents.increased("plain")
        #expect(history.outcome(increased) == "appended 5")
        #expect(history.outcome(increased) == "appended 6")
        history.ledger.close()
    }

    @Test func `a rejected event does not use up its ids`() throws {
        let history = try History()
        let id = EventID(high: 5, low: 5)
        #expect(history.outcome(try TradeEvents.increased("later", eventID: id, fillID: "f")) == "unknown_trade")
        #expect(history.outcome(try TradeEvents.opened("later")) == "appended 4")
        #expect(history.outcome(try TradeEvents.increased("later", eventID: id, fillID: "f")) == "appended 5")
        history.ledger.close()
    }

    @Test func `a trade that was closed long ago is explained as before`() throws {
        var history = try History()
        let before = try history.ledger.trade("old")
        try history.age()
        #expect(try history.ledger.trade("old") == before)
        #expect(before?.status == .closed)
        #expect(before?.eventCount == 3)
        #expect(history.outcome(try TradeEvents.adjusted("old", "-0.5")).hasPrefix("appended"))
        #expect(try history.ledger.trade("old")?.eventCount == 4)
        history.ledger.close()
    }
}

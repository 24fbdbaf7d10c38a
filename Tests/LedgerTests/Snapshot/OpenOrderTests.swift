import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `A snapshot of orders and halts` {
    @Test func `carries what is live, and nothing that has ended`() throws {
        var ledger = try KeptLedger { PosixStorage(directory: $0.path) }
        let drafts = try [
            Orders.submitted("live"), Orders.event("accepted", "live"), Orders.submitted("ended"),
            Orders.event("cancelled", "ended"), Orders.halted("symbol:ETH/USDT"), Orders.halted("all"),
            Orders.resumed("all"),
        ].map(Orders.draft)
        #expect(ledger.send(drafts) == (1...7).map { "appended \($0)" })
        try ledger.fill(segmentCount: 9)
        try ledger.maintain()
        try ledger.close()
        let log = try LogReader(ledger.storage)
        let snapshot = try #require(try LogStart(ledger.storage, log.ledgerID).snapshot)
        #expect(snapshot.subjects.openLives.count == 1 && snapshot.subjects.openLives.id(at: 0) == Array("live".utf8))
        #expect(snapshot.subjects.openLives[0].eventCount == 2)
        #expect(snapshot.subjects.halts.inForce.map(\.sequence) == [5])
        try ledger.open()
        let again = try [
            Orders.submitted("live"), Orders.submitted("ended"), Orders.submitted("live", #""amount":2"#),
            Orders.event("completed", "live"), Orders.event("completed", "ended"),
        ].map(Orders.draft)
        let answers = ledger.send(again)
        #expect(answers.prefix(3) == ["duplicate 1", "duplicate 3", "subject_exists"])
        #expect(answers.suffix(2).allSatisfy { $0.hasPrefix("appended") })
        let intent = Orders.submitted("eth").replacing("BTC", with: "ETH")
        #expect(ledger.send([try Orders.draft(intent)]) == ["halted"])
        try ledger.close()
    }
}

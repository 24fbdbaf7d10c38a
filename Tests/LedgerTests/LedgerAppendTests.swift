import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Appending to a ledger` {
    @Test func `an appended event can be read back by another reader`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        let draft = try EventDraft(
            .opened,
            subject: "t/1 ü",
            occurredAt: Timestamp(microsecondsSince1970: 1),
            fields: [.symbol: "BTC/USDT", .side: "long", .orderType: "market", .amount: "0.5", .price: "1e-10"]
        )
        let receipt = try ledger.append(draft)
        #expect(receipt.sequence == 1)
        #expect(receipt.status == .appended)

        let reader = try LedgerReader(opening: directory.path)
        var events = try reader.events()
        let event = try #require(try events.next())
        #expect(event.body == draft.body)
        #expect(event.eventID == receipt.eventID)
        #expect(try events.next() == nil)
        ledger.close()
    }

    @Test func `ten thousand generated events survive closing and opening`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        var generator = EventGenerator(seed: 1)
        let configuration = LedgerConfiguration(segmentByteCount: 256 << 10)
        var ledger = try Ledger(opening: directory.path, configuration: configuration)
        for _ in 0..<10 {
            let lines = (0..<1000).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        }
        let open = Set(try ledger.openTrades().map(\.id))
        ledger.close()
        ledger = try Ledger(opening: directory.path, configuration: configuration)
        #expect(try ledger.durableSequence == 10_000)
        #expect(Set(try ledger.openTrades().map(\.id)) == open)
        ledger.close()
    }
}

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

    @Test func `generated events break no rule, and have every type that producers may send`() throws {
        for (families, types) in [
            (.all, Set(EventType.sentByProducers)), (.trade, Set(EventType.sentByProducers.filter(\.isAboutTrade))),
        ] as [(EventGenerator.Families, Set<EventType>)] {
            let directory = try TemporaryDirectory.withLedger()
            let ledger = try Ledger(opening: directory.path)
            defer { ledger.close() }
            var (generator, again) = (
                EventGenerator(seed: 5, families: families), EventGenerator(seed: 5, families: families)
            )
            let lines = (0..<3000).map { _ in generator.nextLine() }
            #expect(lines == (0..<3000).map { _ in again.nextLine() })
            for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) {
                #expect(try outcome.get().status == .appended)
            }
            #expect(try Set(LedgerReader(opening: directory.path).all().map(\.body.type)) == types)
        }
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

import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `The events of the quick start` {
    @Test func `are all admitted, and are all duplicates the second time`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        defer { ledger.close() }
        let lines = try ProjectFile.bytes(ProjectFile.trades).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 56)
        for status in [Receipt.Status.appended, .duplicate] {
            let outcomes = ledger.append(lines: lines.map { EventLine(Array($0)) })
            for (index, outcome) in outcomes.enumerated() {
                let receipt = try outcome.get()
                #expect(receipt.status == status, "line \(index + 1)")
                #expect(receipt.sequence == UInt64(index + 1))
            }
        }
        #expect(try ledger.openTrades().count == 4)
    }

    @Test func `are of every type that a trade has`() throws {
        let lines = try ProjectFile.bytes(ProjectFile.trades).split(separator: UInt8(ascii: "\n"))
        let types = try lines.map { try EventJSON.decode(line: Array($0)).body.type }
        #expect(Set(types) == Set(EventType.sentByProducers.filter(\.isAboutTrade)))
    }
}

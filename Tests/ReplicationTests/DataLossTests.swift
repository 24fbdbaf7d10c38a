import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer) struct `A ledger that lost events` {
    @Test(arguments: TestServer.all)
    func `fills a database that does not know it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 35)
            for _ in 0..<5 { try ledger.append((0..<100).map { _ in generator.nextLine() }) }
            let lost = try ledger.lose()
            try ledger.ship()
            #expect(try ledger.problems() == [])
            let rows = try ledger.rows(
                "SELECT count(*), min(sequence), max(sequence), min(actor) FROM ledger.trade_events "
                    + "WHERE type = 'ledger.lost'"
            )
            #expect(rows == [["\(lost.count)", "\(lost.lowerBound)", "\(lost.upperBound)", "maria"]])
            #expect(try ledger.value("SELECT count(*) FROM trade_timeline WHERE type = 'ledger.lost'") == "0")
            #expect(try ledger.value("SELECT count(*) FROM trade_history WHERE trade_id = 'ledger.lost'") == "0")
        }
    }

    @Test(arguments: TestServer.all)
    func `is a fork for a database that has them`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 36)
            for _ in 0..<5 { try ledger.append((0..<100).map { _ in generator.nextLine() }) }
            try ledger.ship()
            _ = try ledger.lose()
            let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(error.description.contains("a fork of ledger"))
        }
    }
}

extension ReplicatedLedger {
    /// Closes the ledger, damages its second frame and gives up its events.
    func lose() throws -> ClosedRange<UInt64> {
        ledger.close()
        let name = try #require(directory.files.first { $0.hasSuffix("1.segment") })
        let file = directory.damaged(name)
        let bytes = try file.bytes()
        let frame = try #require((65..<bytes.count).first { bytes[$0...].starts(with: Array("TLFR".utf8)) && $0 > 104 })
        try file.flipBit(at: frame + 60)
        var repair = LedgerRepair(of: directory.path)
        let lost = try #require(try repair.corruptions().compactMap(\.sequences).first)
        _ = try repair.acceptLoss(of: lost, reason: "disk", actor: "maria")
        return lost
    }
}

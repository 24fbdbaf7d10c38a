import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replication
import Testing
import TradeModel

@Suite(.needsServer) struct `Events that a database restores` {
    @Test(arguments: TestServer.all)
    func `equal those that were damaged, bit for bit`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 71)
            var special = SpecialTrades(seed: 71)
            try ledger.append(HandmadeTrades.lines)
            // Some of them have figures that do not fit, and are rejected.
            _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 100).map { EventLine(Array($0.utf8)) })
            try ledger.append(&generator, count: 1500)
            try ledger.ship()
            let whole = try ledger.events()
            let lost = try ledger.corrupt(frames: [0, 1, 3])
            var repair = LedgerRepair(of: ledger.directory.path)
            let archive = try DatabaseArchive(ledger.address)
            #expect(try Set(repair.mend(bringingBackFrom: archive).compactMap(\.sequences)) == Set(lost))
            #expect(try repair.corruptions() == [])
            #expect(try ledger.events() == whole)
            #expect(try ledger.problems() == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `are refused if somebody has changed them`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 72)
            for _ in 0..<5 { try ledger.append((0..<100).map { _ in generator.nextLine() }) }
            try ledger.ship()
            let lost = try ledger.corrupt(frames: [1])
            let first = try #require(lost.first).lowerBound
            try ledger.execute(
                "UPDATE ledger.trade_events SET correlation_id = 'forged' WHERE sequence = \(first)"
            )
            var repair = LedgerRepair(of: ledger.directory.path)
            let archive = try DatabaseArchive(ledger.address)
            let error = try #require(throws: LedgerError.self) { _ = try repair.mend(bringingBackFrom: archive) }
            #expect(error.code == .diverged)
            #expect(try repair.corruptions().compactMap(\.sequences) == lost)
            try ledger.execute("DELETE FROM ledger.trade_events WHERE sequence = \(first)")
            #expect(try repair.mend(bringingBackFrom: archive) == [])
        }
    }
}

extension ReplicatedLedger {
    fileprivate func events() throws -> [Event] {
        var stream = try reader.events()
        var events: [Event] = []
        while let event = try stream.next() { events.append(event) }
        return events
    }

    /// Closes the ledger and damages frames of its first segment by their numbers; returns what cannot be read then.
    fileprivate func corrupt(frames: [Int]) throws -> [ClosedRange<UInt64>] {
        ledger.close()
        let name = try #require(directory.files.first { $0.hasSuffix("1.segment") })
        let file = directory.damaged(name)
        let bytes = try file.bytes()
        let offsets = stride(from: 64, to: bytes.count, by: 8).filter { bytes[$0...].starts(with: Array("TLFR".utf8)) }
        for frame in frames { try file.flipBit(at: offsets[frame] + 60) }
        let repair = LedgerRepair(of: directory.path)
        let lost = try repair.corruptions().compactMap(\.sequences)
        #expect(!lost.isEmpty)
        return lost
    }
}

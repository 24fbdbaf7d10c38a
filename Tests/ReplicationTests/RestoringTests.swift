import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing
import TradeModel

@Suite(.needsServer) struct `A log that is restored from its database` {
    @Test(arguments: TestServer.all, [81, 82] as [UInt64])
    func `is the lost one, bit for bit, and accepts events`(server: TestServer, seed: UInt64) throws {
        try ReplicatedLedger.with(server) { ledger in
            // Events of all families, among them orders that are live and halts that are in force at the end.
            var generator = EventGenerator(seed: seed)
            var special = SpecialTrades(seed: 81)
            try ledger.append(HandmadeTrades.lines)
            _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 100).map { EventLine(Array($0.utf8)) })
            try ledger.ship()
            try ledger.append(&generator, count: 1500)
            try ledger.ship()
            try ledger.expectEqual()
            let directory = TemporaryDirectory()
            let report = try ledger.restore(to: directory)
            #expect(report.ledgerID == ledger.ledger.ledgerID)
            #expect(try report.root == ledger.root())
            #expect(try events(of: directory.path) == events(of: ledger.directory.path))
            let restored = try LedgerReader(opening: directory.path)
            let problems = try LedgerAudit(restored).run { _ in }.compactMap(\.problem)
            #expect(problems == [])
            // The segments are small, so that the log has several.
            #expect(try restored.segmentCount() > 1)

            let writer = try Ledger(opening: directory.path, clock: ledger.clock.clock)
            let lines = (0..<100).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in writer.append(lines: lines) { _ = try outcome.get() }
            let replicator = try Replicator(restored, ledger.address, stop: -1) { _ in }
            try replicator.run(.once)
            let found = try DatabaseAudit(restored, ledger.address).run { _ in }.compactMap(\.problem)
            #expect(found == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `is chosen by its id`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let first = try ReplicatedLedger(databaseURL: url)
            let second = try ReplicatedLedger(databaseURL: url, number: 1)
            #expect(try DatabaseRestore(first.address).candidates().isEmpty)
            try first.ship()
            try second.shipFiveBatches()
            let candidates = try DatabaseRestore(first.address).candidates()
            #expect(candidates.map(\.ledgerID) == [first.ledger.ledgerID, second.ledger.ledgerID])
            #expect(candidates.map(\.sequence) == [0, 500])
            for ledger in [first, second] {
                let directory = TemporaryDirectory()
                _ = try ledger.restore(to: directory)
                #expect(try events(of: directory.path) == events(of: ledger.directory.path))
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `is not made from rows that do not match the database's own roots`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            for (change, text) in [
                (
                    "UPDATE ledger.trade_events SET correlation_id = 'x' WHERE sequence = 250",
                    "the rows of events 201 to 300"
                ),
                ("DELETE FROM ledger.trade_events WHERE sequence = 250", "event 250 is missing"),
                ("DELETE FROM ledger.trade_events WHERE sequence > 490", "event 491 is missing"),
                ("UPDATE ledger.trade_events SET type = 'x' WHERE sequence = 7", "the row of event 7 is none"),
                ("UPDATE ledger.trade_events SET sequence = 0 WHERE sequence = 7", "a row of event 0 does not belong"),
                ("UPDATE ledger.trade_events SET sequence = 501 WHERE sequence = 500", "event 500 is missing"),
                ("UPDATE ledger.replication SET root = sha256('')", "the root of the position at 500"),
                ("UPDATE ledger.replication SET last_sequence = 400", "event 401 lies after the position"),
                ("UPDATE ledger.checkpoints SET root = sha256('') WHERE sequence = 100", "events 1 to 100"),
            ] {
                try ledger.execute(change)
                let directory = TemporaryDirectory()
                let error = try #require(throws: ReplicationError.self) { try ledger.restore(to: directory) }
                guard case .diverged = error else { throw error }
                #expect(error.description.contains(text), "\(error)")
                #expect(throws: LedgerError.self) { try LedgerReader(opening: directory.path) }
                _ = try ledger.mend()
                // The next try uses the files of the first.
                let report = try ledger.restore(to: directory)
                #expect(try report.root == ledger.root())
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `is never written over another`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            let before = try events(of: ledger.directory.path)
            let error = try #require(throws: ReplicationError.self) {
                try DatabaseRestore(ledger.address).run(ledger.ledger.ledgerID, to: ledger.directory.path) { _ in }
            }
            #expect(error.description.contains("is not empty"))
            #expect(try events(of: ledger.directory.path) == before)
        }
    }

    private func events(of directory: String) throws -> [Event] {
        var stream = try LedgerReader(opening: directory).events()
        var events: [Event] = []
        while let event = try stream.next() { events.append(event.copied()) }
        return events
    }
}

extension ReplicatedLedger {
    fileprivate func restore(to directory: TemporaryDirectory) throws -> RestoreReport {
        try DatabaseRestore(address).run(
            ledger.ledgerID,
            to: directory.path,
            configuration: LedgerConfiguration(segmentByteCount: 128 << 10)
        ) { _ in }
    }

    fileprivate func root() throws -> MerkleHash {
        let log = try reader.log
        let durable = try log.durableSequence()
        var tree = LogTree(recomputing: log.storage)
        try tree.advance(to: durable)
        return try tree.root(at: durable)
    }
}

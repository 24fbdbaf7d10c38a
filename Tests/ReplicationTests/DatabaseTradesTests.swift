import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replay
import Replication
import Testing

@Suite(.needsServer) struct `The trades of a database` {
    @Test(arguments: TestServer.all)
    func `equal those of the log, whatever their values`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var special = SpecialTrades(seed: 101)
            try ledger.append(HandmadeTrades.lines)
            _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 200).map { EventLine(Array($0.utf8)) })
            try ledger.ship()
            #expect(try differences(of: ledger) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `are from one snapshot, however often they are read`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let trades = try DatabaseTrades(ledger.address, preferring: [])
            let before = try stated(trades)
            try ledger.execute("UPDATE ledger.trades SET fees = 7; DELETE FROM ledger.trades WHERE status = 'voided'")
            #expect(try stated(trades) == before)
            #expect(before.count == Int(trades.stepCount))
            #expect(try stated(DatabaseTrades(ledger.address, preferring: [])) != before)
        }
    }

    @Test(arguments: TestServer.all)
    func `need the rights of the replicator's login, not those of a reader`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let trades = try stated(DatabaseTrades(address, preferring: []))
                #expect(trades.count == HandmadeTrades.count)
            }
            try ledger.withLogin(inRole: "ledger_reader") { address in
                let error = try #require(throws: ReplicationError.self) { try DatabaseTrades(address, preferring: []) }
                #expect(error.description.contains("grant the login the role ledger_writer"))
            }
        }
    }

    private func differences(of ledger: ReplicatedLedger) throws -> [TradeDifference] {
        let log = try LedgerTrades(ledger.reader, asOf: .now)
        let database = try DatabaseTrades(ledger.address, preferring: [log.ledgerID])
        #expect(database.sequence == log.sequence && database.ledgerID == log.ledgerID)
        var differences: [TradeDifference] = []
        _ = try TradeDiff(log, database).run(onStep: { _ in }) { differences.append($0) }
        return differences
    }

    private func stated(_ trades: DatabaseTrades) throws -> Set<StatedTrade> {
        var stated: Set<StatedTrade> = []
        try trades.visit(onStep: {}) { stated.insert($0) }
        return stated
    }
}

import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replay
import Replication
import Testing

@Suite(.needsServer) struct `The difference of a ledger and a database` {
    @Test(arguments: TestServer.all)
    func `is empty if the database has everything, whatever the values`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var special = SpecialTrades(seed: 101)
            try ledger.append(HandmadeTrades.lines + DayOfBot.lines())
            _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 200).map { EventLine(Array($0.utf8)) })
            try ledger.ship()
            #expect(try differences(of: ledger).isEmpty)
        }
    }

    private static let changes: [(sql: String, projection: String, key: String, column: String)] = [
        ("UPDATE ledger.trades SET fees = 7 WHERE trade_id = 't-1'", "trades", "t-1", "fees"),
        ("UPDATE ledger.orders SET status = 'filled' WHERE order_id = 'o-2'", "orders", "o-2", "status"),
        ("DELETE FROM ledger.balances WHERE currency = 'BNB'", "balances", "main BNB", "account currency"),
        (
            "UPDATE ledger.positions SET cost = 7 WHERE symbol = 'SOL/USDT'", "positions",
            "main binance SOL/USDT buy USDT", "cost"
        ),
        ("UPDATE ledger.prices SET price = 1 WHERE symbol = 'BTC/USDT'", "prices", "BTC/USDT", "price"),
        ("UPDATE ledger.halts SET resumed_by = 'x'", "halts", "51", "resumed_by"),
        ("UPDATE ledger.capital_flows SET amount = 2 WHERE amount = 1", "flows", "5 main", "amount"),
        (
            "INSERT INTO ledger.prices SELECT ledger_id, 'X/Y', 1, observed_at, 1 FROM ledger.prices LIMIT 1", "prices",
            "X/Y", "symbol"
        ),
    ]

    @Test(arguments: TestServer.all)
    func `names each row that was changed, in the projection that has it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(try DayOfBot.lines())
            try ledger.ship()
            for (sql, projection, key, column) in Self.changes {
                try ledger.execute(sql)
                let differences = try differences(of: ledger)
                // What people own follows from balances, positions and prices.
                let own = differences.filter { $0.projection != "portfolios" }
                #expect(own.map(\.projection) == [projection], "\(sql)")
                #expect(own.map(\.row.key) == [key] && own.map(\.row.column) == [column], "\(sql)")
                _ = try ProjectionRebuild(try ledger.reader, ledger.address).run { _ in }
                #expect(try self.differences(of: ledger).isEmpty, "\(sql)")
            }
            try ledger.execute("UPDATE ledger.prices SET price = price + 1")
            #expect(Set(try differences(of: ledger).map(\.projection)) == ["prices", "portfolios"])
        }
    }

    @Test(arguments: TestServer.all)
    func `is that of one snapshot, whenever the rows are read`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let log = try LedgerSide(ledger.reader, asOf: .now)
            let before = try DatabaseSide(ledger.address, preferring: [])
            #expect(before.sequence == log.sequence && before.ledgerID == log.ledgerID)
            #expect(before.stepCount == UInt64(HandmadeTrades.count))
            try ledger.execute("UPDATE ledger.trades SET fees = 7; DELETE FROM ledger.trades WHERE status = 'voided'")
            #expect(try ProjectionDiff(log, before).run(onStep: { _ in }) { _ in }.isEmpty)
            #expect(try differences(of: ledger).contains { $0.row.column == "trade_id" })
        }
    }

    @Test(arguments: TestServer.all)
    func `needs the rights of the replicator's login, not those of a reader`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(try DayOfBot.lines())
            try ledger.ship()
            let log = try LedgerSide(ledger.reader, asOf: .now)
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let database = try DatabaseSide(address, preferring: [])
                #expect(try ProjectionDiff(log, database).run(onStep: { _ in }) { _ in }.isEmpty)
            }
            try ledger.withLogin(inRole: "ledger_reader") { address in
                let error = try #require(throws: ReplicationError.self) { try DatabaseSide(address, preferring: []) }
                #expect(error.description.contains("grant the login the role ledger_writer"))
            }
        }
    }

    private func differences(of ledger: ReplicatedLedger) throws -> [ProjectionDiff.Difference] {
        let log = try LedgerSide(ledger.reader, asOf: .now)
        let database = try DatabaseSide(ledger.address, preferring: [log.ledgerID])
        var differences: [ProjectionDiff.Difference] = []
        _ = try ProjectionDiff(log, database).run(onStep: { _ in }) { differences.append($0) }
        return differences
    }
}

import Glibc
import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Replication
import Testing
import TradeModel

/// The rules of a trade in SQL, compared with those of the program.
@Suite(.needsServer) struct `The fold in SQL` {
    /// 500 histories per server; with `--long` 10,000 on both servers.
    private static let seeds: [UInt64] = unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? [11] : Array(11...20)

    @Test(arguments: TestServer.all, Self.seeds)
    func `agrees with the program on 500 histories full of special cases`(server: TestServer, seed: UInt64) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = SpecialTrades(seed: seed)
            let lines = generator.nextLines(tradeCount: 500).map { EventLine(Array($0.utf8)) }
            _ = ledger.ledger.append(lines: lines)
            try ledger.ship()
            let checks = try ledger.deepChecks()
            #expect(checks.compactMap(\.problem) == [], "seed \(seed)")
            let fold = try #require(checks.first { $0.name == "database fold" })
            #expect(fold.extent == "500 trades in SQL")
        }
    }

    @Test(arguments: TestServer.all)
    func `agrees with the program on trades with difficult values`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            #expect(try ledger.deepChecks().compactMap(\.problem) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `skips events that depend on a lost event, as the program does`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 37)
            for _ in 0..<5 { try ledger.append((0..<100).map { _ in generator.nextLine() }) }
            _ = try ledger.lose()
            try ledger.ship()
            #expect(try ledger.deepChecks().compactMap(\.problem) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `finds a trade that does not match its events`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            try ledger.execute(
                """
                UPDATE ledger.trades SET fees = 7 WHERE trade_id = 'fees';
                DELETE FROM ledger.trades WHERE trade_id = 'worthless';
                UPDATE ledger.trades SET trade_id = 'x' WHERE trade_id = 'voided'
                """
            )
            let fold = try #require(try ledger.deepChecks().first { $0.name == "database fold" })
            #expect(fold.differences.map(\.told) == ["altered fees", "missing voided, worthless", "added x"])
            #expect(fold.problem?.hasPrefix("trade fees differs where SQL folds its events; 4 differences") == true)
        }
    }

    @Test(arguments: TestServer.all)
    func `agrees with the program at a hundred random moments`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var moments = RandomMoments(in: ledger, seed: 9)
            try ledger.ship()
            let replay = TradeReplay(try ledger.reader)
            for _ in 0..<100 {
                let time = moments.next()
                let expected = try replay.trades(asOf: .time(time)).filter { $0.trade.status != .voided }
                    .map { try HistoryRow.expected($0, ledger) }
                let rows = try ledger.rows(HistoryRow.query("trade_history_as_of('\(time)')"))
                #expect(rows == expected, "as of \(time)")
            }
            #expect(try ledger.rows(HistoryRow.query("trade_history_as_of(NULL)")) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `answers for one trade without reading the others`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 12)
            try ledger.append(&generator, count: 3000)
            try ledger.ship()
            try ledger.execute("ANALYZE ledger.trades, ledger.trade_events")
            let plan = try ledger.rows(
                "EXPLAIN SELECT * FROM trade_history_as_of(now()) WHERE trade_id = 'trade-7'"
            ).compactMap { $0[0] }.joined(separator: "\n")
            #expect(plan.contains("trades_pkey"))
            // The query reads once to which ledgers the login is limited.
            #expect(!plan.replacing("Seq Scan on reader_ledgers", with: "").contains("Seq Scan on"))
        }
    }
}

extension ReplicatedLedger {
    fileprivate func deepChecks() throws -> [AuditCheck] {
        try DatabaseAudit(reader, address).run(.deep) { _ in }
    }
}

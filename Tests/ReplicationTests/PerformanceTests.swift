import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Testing
import TradeModel

@testable import Replication

/// The totals that the replicator maintains, compared with sums over the fold of the log.
@Suite(.needsServer) struct `Performance in SQL` {
    @Test(arguments: TestServer.all)
    func `follows late fees and voids into the day, the symbol, the strategy, the tag and the regime`(
        server: TestServer
    ) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append([
                opened("a", "A/B", #","strategy":"s","tag":"t","context":{"market_regime":"calm"}"#),
                closed("a", "2026-03-01T23:59:59.999999Z", price: 12),
                opened("b", "A/B", #","context":{"market_regime":7}"#), closed("b", "2026-03-02T00:00:00Z", price: 9),
                opened("c", "A/C", ""), closed("c", "2026-03-02T00:30:00+01:00", price: 10),
                opened("open", "A/B", ""),
            ])
            try ledger.ship()
            #expect(
                try daily(ledger) == [
                    "B 2026-03-01 1 1 0 0 2 2 0 0", "B 2026-03-02 1 0 1 0 -1 0 1 0", "C 2026-03-01 1 0 0 1 0 0 0 0",
                ]
            )
            let groups = try ledger.rows(
                """
                SELECT concat_ws(' ', quote, symbol, trades, net_pnl) FROM performance_by_symbol
                UNION ALL SELECT concat_ws(' ', quote, strategy, trades, net_pnl) FROM performance_by_strategy
                UNION ALL SELECT concat_ws(' ', quote, tag, trades, net_pnl) FROM performance_by_tag
                UNION ALL SELECT concat_ws(' ', quote, market_regime, trades, net_pnl) FROM performance_by_regime
                ORDER BY 1
                """
            )
            #expect(
                groups.map { $0[0] }
                    == [
                        "B 1 -1", "B 1 -1", "B 1 -1", "B A/B 2 1", "B calm 1 2", "B s 1 2", "B t 1 2", "C 1 0", "C 1 0",
                        "C 1 0", "C A/C 1 0",
                    ].sorted { $0! < $1! }
            )

            // A late fee turns a win into a loss, a void removes a trade, and a remark moves one to another regime.
            try ledger.append([
                event("trade.adjusted", "a", #""kind":"fee","cost":"-2.5""#),
                event("trade.voided", "b", #""reason":"error""#),
                event("trade.annotated", "c", #""context":{"market_regime":"wild"}"#),
            ])
            try ledger.ship()
            #expect(try daily(ledger) == ["B 2026-03-01 1 0 1 0 -0.5 0 0.5 0", "C 2026-03-01 1 0 0 1 0 0 0 0"])
            #expect(
                try ledger.rows("SELECT quote, market_regime, trades FROM performance_by_regime ORDER BY quote")
                    == [["B", "calm", "1"], ["C", "wild", "1"]]
            )
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `has the running total of each quote currency`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append([
                opened("late", "A/B", ""), closed("late", "2026-03-03T00:00:00Z", price: 13),
                opened("first", "A/B", ""), closed("first", "2026-03-01T00:00:00Z", price: 9),
                opened("tie", "A/B", ""), closed("tie", "2026-03-01T00:00:00Z", price: 10.5),
                opened("other", "A/C", ""), closed("other", "2026-03-02T00:00:00Z", price: 20),
            ])
            try ledger.ship()
            let rows = try ledger.rows(
                "SELECT quote, trade_id, net_pnl, equity FROM equity_curve ORDER BY quote, closed_at, equity"
            )
            #expect(
                rows == [
                    ["B", "first", "-1", "-1"], ["B", "tie", "0.5", "-0.5"], ["B", "late", "3", "2.5"],
                    ["C", "other", "10", "10"],
                ]
            )
        }
    }

    @Test(arguments: TestServer.all)
    func `is the sum over the fold for histories full of special cases, however they are cut into batches`(
        server: TestServer
    ) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = SpecialTrades(seed: 6)
            for _ in 0..<6 {
                _ = ledger.ledger.append(lines: generator.nextLines(tradeCount: 40).map { EventLine(Array($0.utf8)) })
                try ledger.ship()
            }
            try ledger.expectEqual()
            var sums: [String: DecimalSum] = [:]
            for history in try TradeReplay(ledger.reader).trades() where history.trade.status == .closed {
                try sums[history.trade.quote, default: DecimalSum()].add(history.trade.figures.realizedPnL)
            }
            let expected = sums.map { [$0.key, $0.value.description] }.sorted { $0[0] < $1[0] }
            for view in [
                "daily_performance", "performance_by_symbol", "performance_by_strategy", "performance_by_tag",
                "performance_by_regime",
            ] {
                let rows = try ledger.rows(
                    "SELECT quote, trim_scale(sum(net_pnl)) FROM \(view) GROUP BY quote ORDER BY quote COLLATE \"C\""
                )
                #expect(rows == expected, "\(view)")
                let wrong = try ledger.value(
                    "SELECT count(*) FROM \(view) WHERE net_pnl <> gross_profit - gross_loss OR trades <= 0"
                )
                #expect(wrong == "0")
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `is the same where a part of what was read is stored at a time`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = SpecialTrades(seed: 7)
            _ = ledger.ledger.append(lines: generator.nextLines(tradeCount: 60).map { EventLine(Array($0.utf8)) })
            let log = try ledger.reader.log
            var source = try BatchSource(log, stop: -1)
            let session = try ReplicationSession(log, ledger.address, ReplicationTiming(), stop: -1)
            try session.align(&source) { _ in }
            var batchCount = 0
            while case .stored = try session.ship(&source, eventCountMax: 7) { batchCount += 1 }
            #expect(batchCount > 10)
            try ledger.expectEqual()
        }
    }

    /// A decimal holds 1.7e38 in units, or 38 digits after the point.
    @Test(arguments: TestServer.all)
    func `adds up to more than a decimal holds`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let exit = "15" + String(repeating: "0", count: 37)
            try ledger.append(
                (1...3).flatMap { number in
                    [
                        opened("\(number)", "A/B", "", price: "1" + String(repeating: "0", count: 36)),
                        closed("\(number)", "2026-03-01T00:00:00Z", price: exit),
                    ]
                } + [
                    opened("small", "A/B", "", price: "1"),
                    closed("small", "2026-03-01T00:00:00Z", price: "1." + String(repeating: "0", count: 37) + "1"),
                ]
            )
            try ledger.ship()
            let fraction = "." + String(repeating: "0", count: 37) + "1"
            let query = "SELECT net_pnl FROM daily_performance"
            #expect(try ledger.value(query) == "447" + String(repeating: "0", count: 36) + fraction)
            try ledger.expectEqual()
            try ledger.append([event("trade.voided", "2", #""reason":"error""#)])
            try ledger.ship()
            #expect(try ledger.value(query) == "298" + String(repeating: "0", count: 36) + fraction)
            try ledger.expectEqual()
            try ledger.execute("UPDATE ledger.performance SET net_pnl = net_pnl - 1e-38 WHERE grouped_by = 'day'")
            #expect(
                try ledger.problems() == [
                    "the total of day 2026-03-01 B differs; run `tradeledger rebuild`"
                ]
            )
            _ = try ledger.rebuild()
            try ledger.expectEqual()
            // Without a closed trade there is no total, in whatever order the amounts were added and taken away.
            try ledger.append(["1", "small", "3"].map { event("trade.voided", $0, #""reason":"error""#) })
            try ledger.ship()
            #expect(try ledger.value("SELECT count(*) FROM ledger.performance") == "0")
            _ = try ledger.rebuild()
            #expect(try ledger.value("SELECT count(*) FROM ledger.performance") == "0")
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `follows the log, not rows of trades that somebody changed`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append([opened("a", "A/B", ""), closed("a", "2026-03-01T00:00:00Z", price: 12)])
            try ledger.ship()
            try ledger.execute("UPDATE ledger.trades SET realized_pnl = 7, symbol = 'X/B'")
            #expect(
                try ledger.problems() == ["trade a differs in symbol, realized_pnl; run `tradeledger rebuild`"]
            )
            try ledger.append([event("trade.adjusted", "a", #""kind":"fee","cost":"-0.5""#)])
            try ledger.ship()
            #expect(try daily(ledger) == ["B 2026-03-01 1 1 0 0 1.5 1.5 0 0"])
            try ledger.expectEqual()
        }
    }

    /// A catch-up fills a table that was never analysed, so the planner has no statistics.
    @Test(arguments: TestServer.all)
    func `reads only the trades that a batch changes, however many there are`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.execute("ALTER TABLE ledger.trades SET (autovacuum_enabled = false)")
            let ids = (0..<20_000).map { "trade-\($0)" }
            try ledger.append(
                ids.flatMap { [opened($0, "A/B", ""), closed($0, "2026-03-01T00:00:00Z", price: 12)] }
                    + [opened("last", "A/B", "")]
            )
            try ledger.ship()
            try ledger.append([closed("last", "2026-03-02T00:00:00Z", price: 9), opened("new", "A/B", "")])
            let before = try readRowCount(ledger)
            try ledger.ship()
            let readCount = try readRowCount(ledger) - before
            #expect(readCount < 100)
            #expect(
                try daily(ledger) == ["B 2026-03-01 20000 20000 0 0 40000 40000 0 0", "B 2026-03-02 1 0 1 0 -1 0 1 0"]
            )
        }
    }

    @Test(arguments: TestServer.all)
    func `takes a regime of any length`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let long = String(repeating: "ü", count: 100_000)
            try ledger.append([
                opened("a", "A/B", #","context":{"market_regime":"\#(long)"}"#),
                closed("a", "2026-03-01T00:00:00Z", price: 12),
            ])
            try ledger.ship()
            #expect(try ledger.value("SELECT length(market_regime) FROM performance_by_regime") == "256")
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is reported if somebody changed it, and repaired`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append([opened("a", "A/B", ""), closed("a", "2026-03-01T00:00:00Z", price: 12)])
            try ledger.ship()
            for mending in [{ _ = try ledger.rebuild() }, { _ = try ledger.mend() }] {
                try ledger.execute(
                    """
                    UPDATE ledger.performance SET net_pnl = 3 WHERE grouped_by = 'day';
                    DELETE FROM ledger.performance WHERE grouped_by = 'symbol';
                    UPDATE ledger.performance SET strategy = 'x' WHERE grouped_by = 'strategy'
                    """
                )
                #expect(
                    try ledger.problems() == [
                        "the total of day 2026-03-01 B differs; 4 differences: altered day 2026-03-01 B; "
                            + "missing strategy - B, symbol A/B B; added strategy x B; run `tradeledger rebuild`"
                    ]
                )
                try mending()
                try ledger.expectEqual()
            }
        }
    }

    /// The number of rows and index entries of `ledger.trades` that were read so far.
    private func readRowCount(_ ledger: ReplicatedLedger) throws -> Int {
        // The counts of a session are visible after it has ended.
        try waitUntil("the replicator's session is over") {
            try ledger.value(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'tradeledger replicate' AND datname = current_database()
                """
            ) == "0"
        }
        let count = try ledger.value(
            """
            SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS i WHERE i.relid = t.relid)
            FROM pg_stat_user_tables AS t WHERE relid = 'ledger.trades'::regclass
            """
        )
        return try #require(count.flatMap(Int.init))
    }

    private func daily(_ ledger: ReplicatedLedger) throws -> [String?] {
        try ledger.rows(
            """
            SELECT concat_ws(' ', quote, day, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees)
            FROM daily_performance ORDER BY 1
            """
        ).map { $0[0] }
    }

    private func opened(_ id: String, _ symbol: String, _ fields: String, price: String = "10") -> String {
        #"{"type":"trade.opened","trade_id":"\#(id)","occurred_at":"2026-02-01T00:00:00Z","symbol":"\#(symbol)","#
            + #""side":"buy","order_type":"limit","amount":"1","price":"\#(price)"\#(fields)}"#
    }

    private func closed(_ id: String, _ time: String, price: some CustomStringConvertible) -> String {
        #"{"type":"trade.closed","trade_id":"\#(id)","occurred_at":"\#(time)","price":"\#(price)"}"#
    }

    private func event(_ type: String, _ id: String, _ fields: String) -> String {
        #"{"type":"\#(type)","trade_id":"\#(id)","occurred_at":"2026-03-04T00:00:00Z",\#(fields)}"#
    }
}

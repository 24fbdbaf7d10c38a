import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Testing

/// The views of events, which differ in how the database reads them.
@Suite(.needsServer) struct `The views of events` {
    private static let timescaleDB = TestServer.all.first { $0.kind == .timescaledb }

    /// The events of all trades.
    private static let count = 6000

    @Test(arguments: TestServer.all)
    func `have the same rows and columns`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = SpecialTrades(seed: 15)
            _ = ledger.ledger.append(lines: generator.nextLines(tradeCount: 100).map { EventLine(Array($0.utf8)) })
            try ledger.ship()
            func rows(_ view: String) throws -> [[String?]] {
                try ledger.rows("SELECT to_json(event) FROM \(view) AS event ORDER BY ledger_id, sequence")
            }
            let timeline = try rows("trade_timeline")
            #expect(timeline.count > 100)
            #expect(try rows("all_trade_events") == timeline)
        }
    }

    @Test(arguments: TestServer.all)
    func `read one trade from rows by the index`(server: TestServer) throws {
        try Self.withManyTrades(server) { ledger, trade in
            for condition in try Self.conditions(trade, ledger) {
                let plan = try Self.plan(condition, ledger)
                #expect(plan.contains("trade_events_pkey"), "\(plan)")
                #expect(!plan.contains(/Seq Scan on (trade_events|_hyper)/), "\(plan)")
                #expect(Self.removedCount(plan) < 100, "\(plan)")
            }
        }
    }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `read one trade from the columnstore without opening all of it`() throws {
        try Self.withManyTrades(try #require(Self.timescaleDB)) { ledger, trade in
            try ledger.execute(
                "DO $$ BEGIN PERFORM compress_chunk(chunk) FROM show_chunks('ledger.trade_events') AS chunk; END $$"
            )
            try ledger.execute("VACUUM ANALYZE ledger.trade_events")
            for condition in try Self.conditions(trade, ledger) {
                let plan = try Self.plan(condition, ledger)
                // Two batches hold 1,000 events each: a trade can begin in one and end in the next.
                #expect(Self.removedCount(plan) < 2000, "\(plan)")
                #expect(plan.contains("compress"), "\(plan)")
            }
        }
    }

    /// Runs `body` with a database of many trades and one of them, which is short and in the middle.
    private static func withManyTrades(
        _ server: TestServer,
        _ body: (ReplicatedLedger, _ trade: String) throws -> Void
    ) throws {
        try ReplicatedLedger.with(server) { ledger in
            let lines = (0..<count / 2).flatMap { index in
                [
                    #"{"type":"trade.opened","trade_id":"t\#(index)","occurred_at":1700000000000,"symbol":"A/B","#
                        + #""side":"buy","order_type":"limit","amount":"1","price":"2"}"#,
                    #"{"type":"trade.closed","trade_id":"t\#(index)","occurred_at":1700000000000,"price":"3"}"#,
                ]
            }
            try ledger.append(lines)
            try ledger.ship()
            try ledger.execute("ANALYZE ledger.trades, ledger.trade_events")
            try body(ledger, "t\(count / 4)")
        }
    }

    /// How people ask for a trade.
    private static func conditions(_ trade: String, _ ledger: ReplicatedLedger) throws -> [String] {
        ["trade_id = '\(trade)'", "ledger_id = '\(ledger.ledger.ledgerID)' AND trade_id = '\(trade)'"]
    }

    /// The plan of a query of the timeline, run once.
    private static func plan(_ condition: String, _ ledger: ReplicatedLedger) throws -> String {
        let query = "SELECT * FROM trade_timeline WHERE \(condition)"
        #expect(try ledger.rows(query).count == 2)
        return try ledger.rows("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) \(query)")
            .compactMap { $0[0] }.joined(separator: "\n")
    }

    /// The rows that were read and not needed.
    private static func removedCount(_ plan: String) -> Int {
        plan.matches(of: /Rows Removed by (?:Filter|Join Filter): ([0-9]+)/).compactMap { Int($0.1) }.reduce(0, +)
    }
}

import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// The public views, compared with the fold of the log as the text that a user of SQL sees.
@Suite(.needsServer) struct `A trade in SQL` {
    @Test(arguments: TestServer.all)
    func `has every column of its history`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            try ledger.expectEqual()
            let trades = try TradeReplay(ledger.reader).trades()
            #expect(trades.count == HandmadeTrades.count)
            for status in [Trade.Status.open, .closed, .voided] {
                let expected = try trades.filter { $0.trade.status == status }
                    .map { try HistoryRow.expected($0, ledger) }
                let rows = try ledger.rows(HistoryRow.query("\(status)_trades"))
                #expect(!rows.isEmpty && rows == expected)
            }
            // The view shows documents as jsonb; the table has the original text.
            let documents = try ledger.rows("SELECT agent_votes, signals FROM ledger.trades ORDER BY first_sequence")
            #expect(documents == trades.map { [text($0.context.agentVotes), text($0.context.signals)] })
            let difference = try ledger.value(
                """
                WITH expected AS (TABLE open_trades UNION ALL TABLE closed_trades)
                SELECT count(*) FROM (
                    (TABLE expected EXCEPT ALL TABLE trade_history) UNION ALL
                    (TABLE trade_history EXCEPT ALL TABLE expected)
                ) AS difference
                """
            )
            #expect(difference == "0")
        }
    }

    @Test(arguments: TestServer.all)
    func `has its events in the timeline`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let replay = TradeReplay(try ledger.reader)
            let shown = try replay.trades().filter { $0.trade.status != .voided }
            for trade in shown {
                let rows = try ledger.rows(
                    """
                    SELECT sequence, \(HistoryRow.time("recorded_at")), \(HistoryRow.time("occurred_at")), type,
                           amount, price, fee, reason, context
                    FROM trade_timeline WHERE trade_id = \(HistoryRow.literal(trade.id)) ORDER BY sequence
                    """
                )
                let expected: [[String?]] = try replay.timeline(of: trade.id).map { (event, _) in
                    [
                        String(event.sequence), event.recordedAt.description, event.body.occurredAt.description,
                        event.body.type.name, event.body.decimal(.amount)?.description,
                        event.body.decimal(.price)?.description, event.body.decimal(.feeCost)?.description,
                        event.body.text(.reason), event.body.text(.context),
                    ]
                }
                #expect(rows == expected)
            }
            let count = try shown.reduce(0) { try $0 + replay.timeline(of: $1.id).count }
            #expect(count < HandmadeTrades.lines.count)
            #expect(try ledger.value("SELECT count(*) FROM trade_timeline") == String(count))
        }
    }

    @Test(arguments: TestServer.all)
    func `is counted in the status while it is open`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let count = HandmadeTrades.lines.count
            let last = try #require(TradeReplay(ledger.reader).trades().map(\.lastRecordedAt).max())
            let row = try ledger.rows(
                """
                SELECT ledger_id, last_sequence, \(HistoryRow.time("last_recorded_at")), events, open_trades,
                       replicated_at BETWEEN now() - interval '1 hour' AND now()
                FROM ledger_status
                """
            )
            #expect(try ledger.rows("SELECT name IS NULL FROM ledger_status") == [["t"]])
            let open = try ledger.ledger.openTrades().count
            let id = ledger.ledger.ledgerID.description
            #expect(row == [[id, "\(count)", last.description, "\(count)", "\(open)", "t"]])
        }
    }

    @Test(arguments: TestServer.all, [1, 2] as [UInt64])
    func `equals its history for 500 seeded histories full of special cases`(server: TestServer, seed: UInt64) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = SpecialTrades(seed: seed)
            var count = 0
            while count < 500 {
                // Some histories span two batches.
                let lines = generator.nextLines(tradeCount: 50).map { EventLine(Array($0.utf8)) }
                // Events whose figures do not fit a decimal are rejected, and do not change the trade.
                let outcomes = ledger.ledger.append(lines: lines)
                let appendedCount = outcomes.count { outcome in
                    if case .success = outcome { true } else { false }
                }
                #expect(appendedCount > lines.count * 9 / 10)
                count += 50
                if count % 250 == 0 { try ledger.ship() }
            }
            try ledger.expectEqual()
            let trades = try TradeReplay(ledger.reader).trades()
            let rows = try ledger.rows(HistoryRow.query("ledger.trade_rows"))
            #expect(rows.count == trades.count)
            for (trade, row) in zip(trades, rows) {
                #expect(try row == HistoryRow.expected(trade, ledger), "seed \(seed)")
            }
        }
    }

    private func text(_ document: [UInt8]?) -> String? { document.map { String(decoding: $0, as: UTF8.self) } }
}

import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// The public views against the fold of the log, through the text that a user of SQL sees.
@Suite(.needsServer) struct `A trade in SQL` {
    @Test(arguments: TestServer.all)
    func `has every column of its history`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            try ledger.expectEqual()
            let trades = try TradeReplay(ledger.reader).trades()
            #expect(trades.count == HandmadeTrades.count)
            for (trade, row) in zip(trades, try rows(ledger)) { #expect(row == expectedRow(trade, ledger)) }
            for status in [Trade.Status.open, .closed] {
                let difference = try ledger.value(
                    """
                    SELECT count(*) FROM (
                        (TABLE \(status)_trades EXCEPT SELECT * FROM trade_history WHERE status = '\(status)')
                        UNION ALL
                        (SELECT * FROM trade_history WHERE status = '\(status)' EXCEPT TABLE \(status)_trades)
                    ) AS difference
                    """
                )
                #expect(difference == "0")
                let count = trades.count { $0.trade.status == status }
                #expect(try ledger.value("SELECT count(*) FROM \(status)_trades") == String(count))
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `has its events in the timeline`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let replay = TradeReplay(try ledger.reader)
            for trade in try replay.trades() {
                let rows = try ledger.rows(
                    """
                    SELECT sequence, \(Self.time("recorded_at")), \(Self.time("occurred_at")), type, amount, price, fee,
                           reason, context
                    FROM trade_timeline WHERE trade_id = \(literal(trade.id)) ORDER BY sequence
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
            #expect(try ledger.value("SELECT count(*) FROM trade_timeline") == String(HandmadeTrades.lines.count))
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
                SELECT ledger_id, last_sequence, \(Self.time("last_recorded_at")), events, open_trades,
                       replicated_at BETWEEN now() - interval '1 hour' AND now()
                FROM ledger_status
                """
            )
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
                // A part of the histories reaches over two batches.
                let lines = generator.nextLines(tradeCount: 50).map { EventLine(Array($0.utf8)) }
                // Figures that do not fit a decimal are refused; that leaves the trade as it was.
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
            let rows = try rows(ledger)
            #expect(rows.count == trades.count)
            for (trade, row) in zip(trades, rows) { #expect(row == expectedRow(trade, ledger), "seed \(seed)") }
        }
    }

    private func rows(_ ledger: ReplicatedLedger) throws -> [[String?]] {
        try ledger.rows(
            """
            SELECT h.id, h.trade_id, h.symbol, \(Self.time("h.timestamp")), h.side, h.order_type, h.amount,
                   h.entry_price,
                   h.exit_price, h.realized_pnl, h.pnl_pct, h.fees, h.market_regime, h.bull_confidence,
                   h.bear_confidence, h.decision_confidence, h.won, h.closed, \(Self.time("h.close_timestamp")),
                   t.agent_votes, h.agent_votes IS NOT DISTINCT FROM t.agent_votes::jsonb,
                   t.signals, h.signals IS NOT DISTINCT FROM t.signals::jsonb,
                   h.ledger_id, h.status, h.open_amount, h.adjustments, h.quote, h.strategy, h.account, h.venue,
                   h.reason,
                   h.fees_incomplete, h.first_sequence, h.last_sequence
            FROM trade_history h JOIN ledger.trades t USING (id) ORDER BY h.first_sequence
            """
        )
    }

    private func expectedRow(_ history: TradeHistory, _ ledger: ReplicatedLedger) -> [String?] {
        let (trade, figures, context) = (history.trade, history.trade.figures, history.context)
        return [
            "\(trade.firstSequence)", history.id, history.symbol, "\(trade.openedAt)", trade.side.rawValue,
            history.orderType, "\(trade.entry.amount)", "\(figures.entryPrice)", figures.exitPrice?.description,
            "\(figures.realizedPnL)", "\(figures.pnlPercent)", "\(trade.fees)", context.marketRegime,
            context.bullConfidence?.description, context.bearConfidence?.description,
            context.decisionConfidence?.description, text(trade.isWon), text(trade.status == .closed),
            trade.closedAt?.description, text(context.agentVotes), "t", text(context.signals), "t",
            "\(ledger.ledger.ledgerID)", trade.status.rawValue, "\(trade.openAmount)", "\(trade.adjustments)",
            trade.quote,
            history.strategy, history.account, history.venue, history.reason, text(trade.isFeesIncomplete),
            "\(trade.firstSequence)", "\(trade.lastSequence)",
        ]
    }

    private static func time(_ column: String) -> String {
        #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }

    private func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private func text(_ flag: Bool) -> String { flag ? "t" : "f" }

    private func text(_ document: [UInt8]?) -> String? { document.map { String(decoding: $0, as: UTF8.self) } }
}

import LedgerTestSupport
import Testing

@Suite struct `The page of a trade` {
    /// A prediction, a decision with votes, an order, a trade with a partial exit, and what a person corrected.
    private static let story = [
        #"{"type":"prediction.made","prediction_id":"p-1","occurred_at":"2026-03-01T08:00:00Z","model":"xgb","#
            + #""model_version":"7","target":"close","value":"61500","reference":"61000","confidence":"0.82","#
            + #""horizon_seconds":3600,"symbol":"BTC/USDT","decision_id":"d-1"}"#,
        #"{"type":"decision.made","decision_id":"d-1","occurred_at":"2026-03-01T08:00:01.9Z","action":"buy","#
            + #""symbol":"BTC/USDT","strategy":"trend","confidence":"0.7","reason":"two of three voted for it","#
            + #""context":{"votes":{"bull":{"action":"buy","confidence":0.8},"bear":"hold","risk":{"vote":"buy","#
            + #""limits":[1, {"max": "a b"}]}},"market_regime":"trending_up","signals":{"rsi": 31.5}}}"#,
        #"{"type":"order.submitted","order_id":"o-1","occurred_at":"2026-03-01T08:00:02Z","symbol":"BTC/USDT","#
            + #""side":"buy","order_type":"market","amount":"0.1","trade_id":"t-1","decision_id":"d-1"}"#,
        #"{"type":"order.accepted","order_id":"o-1","occurred_at":"2026-03-01T08:00:03Z","#
            + #""exchange_order_id":"81250001"}"#,
        #"{"type":"trade.opened","trade_id":"t-1","occurred_at":"2026-03-01T08:00:03Z","symbol":"BTC/USDT","#
            + #""side":"buy","order_type":"market","amount":"0.1","price":"61010","fee":"6.101","order_id":"o-1","#
            + #""decision_id":"d-1","strategy":"trend","tag":"breakout","account":"main","venue":"binance"}"#,
        #"{"type":"order.completed","order_id":"o-1","occurred_at":"2026-03-01T08:00:03Z"}"#,
        #"{"type":"trade.reduced","trade_id":"t-1","occurred_at":"2026-03-01T12:30:00Z","amount":"0.04","#
            + #""price":"61390","fee":{"cost":"0.001","currency":"BNB","quote_cost":"0.6"}}"#,
        #"{"type":"trade.adjusted","trade_id":"t-1","occurred_at":"2026-03-02T00:00:00Z","kind":"funding","#
            + #""cost":"-1.25","actor":"maria","reason":"missed by the bot"}"#,
        #"{"type":"trade.closed","trade_id":"t-1","occurred_at":"2026-03-02T11:12:04Z","price":"61400","#
            + #""fee":"3.684","reason":"take_profit"}"#,
        #"{"type":"prediction.resolved","prediction_id":"p-1","occurred_at":"2026-03-01T09:00:00Z","value":"61400"}"#,
    ]

    private static func page(_ lines: [String], _ id: String, columnCount: Int = 80) throws -> String {
        let ledger = try CommandLedger(lines)
        let environment = ["COLUMNS": "\(columnCount)"]
        let outcome = try ledger.run("trade", id, "--format", "table", environment: environment)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        return outcome.stdout
    }

    @Test func `tells the whole story in 80 columns`() throws {
        #expect(
            try Self.page(Self.story, "t-1") == """
                trade       t-1, closed
                symbol      BTC/USDT, buy, market order
                amount      0.1 entered at 61010, 0.1 exited at 61396
                P&L         26.965 USDT, 0.44197673 %
                fees        10.385 USDT
                adjusted    -1.25 USDT
                held        1 d 3 h 12 min, from 2026-03-01T08:00:03Z to 2026-03-02T11:12:04Z
                strategy    trend
                tag         breakout
                account     main
                venue       binance
                order       o-1: completed, fills 0.1 at 61010, fees 6.101
                start       2026-03-01T08:00:00Z, from which the times below count

                 +0:00:00  #1   prediction p-1: predicted close 61500 (xgb 7, confidence 0.82,
                                  reference 61000, horizon 3600 s)
                 +0:00:01  #2   decision d-1: decided buy, confidence 0.7 (trend): two of three
                                  voted for it
                                  votes bull buy, confidence 0.8 · bear hold · risk buy, limits
                                    [1,{"max":"a b"}]
                                  context market_regime trending_up · signals {"rsi":31.5}
                 +0:00:02  #3   order o-1: submitted buy market 0.1
                 +0:00:03  #4   order o-1: accepted as 81250001
                 +0:00:03  #5   bought 0.1 at 61010, fee 6.101 USDT, order o-1, decision d-1
                                  → 0.1 open at 61010
                 +0:00:03  #6   order o-1: completed
                 +4:30:00  #7   sold 0.04 at 61390, fee 0.001 BNB (0.6 USDT)
                                  → 0.06 open, P&L 8.499 USDT
                +16:00:00  #8   funding -1.25 USDT by maria: missed by the bot → P&L 7.249 USDT
                +27:12:04  #9   sold 0.06 at 61400, fee 3.684 USDT: take_profit
                                  → closed, P&L 26.965 USDT
                 +1:00:00  #10  prediction p-1: close was 61400, off by -100, right side

                """
        )
    }

    @Test func `uses the columns of a wide terminal`() throws {
        #expect(
            try Self.page(Self.story, "t-1", columnCount: 120) == """
                trade       t-1, closed
                symbol      BTC/USDT, buy, market order
                amount      0.1 entered at 61010, 0.1 exited at 61396
                P&L         26.965 USDT, 0.44197673 %
                fees        10.385 USDT
                adjusted    -1.25 USDT
                held        1 d 3 h 12 min, from 2026-03-01T08:00:03Z to 2026-03-02T11:12:04Z
                strategy    trend
                tag         breakout
                account     main
                venue       binance
                order       o-1: completed, fills 0.1 at 61010, fees 6.101
                start       2026-03-01T08:00:00Z, from which the times below count

                 +0:00:00  #1   prediction p-1: predicted close 61500 (xgb 7, confidence 0.82, \
                reference 61000, horizon 3600 s)
                 +0:00:01  #2   decision d-1: decided buy, confidence 0.7 (trend): two of three voted for it
                                  votes bull buy, confidence 0.8 · bear hold · risk buy, limits [1,{"max":"a b"}]
                                  context market_regime trending_up · signals {"rsi":31.5}
                 +0:00:02  #3   order o-1: submitted buy market 0.1
                 +0:00:03  #4   order o-1: accepted as 81250001
                 +0:00:03  #5   bought 0.1 at 61010, fee 6.101 USDT, order o-1, decision d-1 → 0.1 open at 61010
                 +0:00:03  #6   order o-1: completed
                 +4:30:00  #7   sold 0.04 at 61390, fee 0.001 BNB (0.6 USDT) → 0.06 open, P&L 8.499 USDT
                +16:00:00  #8   funding -1.25 USDT by maria: missed by the bot → P&L 7.249 USDT
                +27:12:04  #9   sold 0.06 at 61400, fee 3.684 USDT: take_profit → closed, P&L 26.965 USDT
                 +1:00:00  #10  prediction p-1: close was 61400, off by -100, right side

                """
        )
    }

    /// A short position that was voided; its decision and one of its orders are for another symbol or trade.
    private static let voided = [
        #"{"type":"decision.made","decision_id":"d/é 9","occurred_at":"2026-03-01T08:00:00Z","action":"sell","#
            + #""symbol":"ETH/USDT","trade_id":"t 2/a","actor":"bot","#
            + #""context":{"agent_votes":[{"agent":"bull","vote":"buy"}],"note":""}}"#,
        #"{"type":"decision.vetoed","decision_id":"d/é 9","occurred_at":"2026-03-01T08:00:01Z","actor":"risk","#
            + #""reason":"drawdown 5 %"}"#,
        #"{"type":"trade.opened","trade_id":"t 2/a","occurred_at":"2026-03-01T08:00:03Z","symbol":"BTC/USDT","#
            + #""side":"sell","order_type":"limit","amount":"1","price":"100","order_id":"o 1/é"}"#,
        #"{"type":"order.accepted","order_id":"o 1/é","occurred_at":"2026-03-01T08:00:02Z"}"#,
        #"{"type":"order.submitted","order_id":"o-7","occurred_at":"2026-03-01T08:00:02Z","symbol":"ETH/USDT","#
            + #""side":"buy","order_type":"limit","quote_amount":"500","price":"3","stop_price":"2.5","#
            + #""time_in_force":"GTC","reduce_only":true,"trade_id":"t 2/a","decision_id":"d-late"}"#,
        #"{"type":"trade.annotated","trade_id":"t 2/a","occurred_at":"2026-03-01T08:01:03Z","actor":"maria","#
            + #""reason":"a\u001b[31mb\nc","context":{"ticket":"T-1"}}"#,
        #"{"type":"trade.voided","trade_id":"t 2/a","occurred_at":"2026-03-01T08:02:03Z","actor":"maria","#
            + #""reason":"test order"}"#,
        #"{"type":"prediction.made","prediction_id":"p-2","occurred_at":"2026-03-01T07:00:00Z","model":"gpt","#
            + #""label":"up","decision_id":"d-late"}"#,
        #"{"type":"decision.made","decision_id":"d-late","occurred_at":"2026-03-01T08:00:00Z","action":"close","#
            + #""trade_id":"t-9"}"#,
        #"{"type":"prediction.resolved","prediction_id":"p-2","occurred_at":"2026-03-01T09:00:00Z","label":"down"}"#,
    ]

    @Test func `names other symbols and trades, and the actor of a void, and escapes control characters`() throws {
        #expect(
            try Self.page(Self.voided, "t 2/a") == """
                trade       t 2/a, voided, counts in no total
                symbol      BTC/USDT, sell, limit order
                amount      1 entered at 100
                P&L         0 USDT, 0 %
                fees        0 USDT
                adjusted    0 USDT
                held        from 2026-03-01T08:00:03Z, never closed
                order       o 1/é: accepted, fills 0, fees 0
                order       o-7: submitted, fills 0, fees 0
                start       2026-03-01T08:00:00Z, from which the times below count

                +0:00:00  #1   decision d/é 9 for ETH/USDT, not BTC/USDT: decided sell by bot
                                 agent_votes [{"agent":"bull","vote":"buy"}]
                                 context note ""
                +0:00:01  #2   decision d/é 9: vetoed by risk: drawdown 5 %
                +0:00:03  #3   sold 1 at 100, order o 1/é → 1 open at 100
                +0:00:02  #4   order o 1/é: accepted
                +0:00:02  #5   order o-7 for ETH/USDT, not BTC/USDT: submitted buy limit for 500
                                 USDT at 3, stop 2.5, GTC, reduce only
                +0:01:03  #6   noted by maria: a\\u001b[31mb\\nc
                                 context ticket T-1
                +0:02:03  #7   voided by maria: test order
                -1:00:00  #8   prediction p-2: predicted up (gpt)
                +0:00:00  #9   decision d-late for trade t-9, not t 2/a: decided close
                +1:00:00  #10  prediction p-2: label was down, wrong

                """
        )
    }

    @Test func `of a trade without orders and decisions has its own events, in as few columns as 40`() throws {
        let line = EventText.opened("t-3", at: "2026-03-01T08:00:03Z")
        #expect(
            try Self.page([line], "t-3", columnCount: 1) == """
                trade       t-3, open
                symbol      BTC/USDT, buy, market order
                amount      2 entered at 100, 2 open
                P&L         0 USDT, 0 %
                fees        0 USDT
                adjusted    0 USDT
                held        since 2026-03-01T08:00:03Z
                strategy    s
                start       2026-03-01T08:00:03Z, from
                              which the times below
                              count

                +0:00:00  #1  bought 2 at 100
                                → 2 open at 100

                """
        )
    }

    @Test func `as JSON has one object for each event, in the order of the ledger`() throws {
        let lines = try CommandLedger(Self.story).run("trade", "t-1").lines.map(jsonObject)
        let subjects = try lines.map { line in try #require(line.keys.first { $0 != "event" }) }
        #expect(
            subjects == [
                "prediction", "decision", "order", "order", "trade", "order", "trade", "trade", "trade", "prediction",
            ]
        )
        let texts = [
            (0, "prediction", "error", "-100"), (1, "decision", "net_pnl", "26.965"),
            (2, "order", "status", "completed"), (2, "order", "filled_amount", "0.1"),
            (4, "trade", "status", "open"), (8, "trade", "status", "closed"),
        ]
        for (index, subject, name, text) in texts {
            guard case .object(let row)? = lines[index][subject], case .object(let event)? = lines[index]["event"]
            else {
                Issue.record("line \(index) has an event and a row")
                continue
            }
            #expect(event["sequence"] == .integer(Int64(index + 1)))
            #expect(row[name] == .string(text), "line \(index), \(name)")
        }
    }
}

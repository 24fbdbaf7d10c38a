import LedgerTestSupport
import Projections
import Replay
import Statistics
import Testing
import TradeModel

@Suite struct `The figures of trades` {
    private static let history = [
        PerformanceLedger.opened("a", at: "2026-01-05T00:00:00Z", more: #","tag":"dip","strategy":"s","account":"x""#),
        PerformanceLedger.opened("b", "ETH/USDT", at: "2026-01-05T06:00:00Z", price: "50", more: #","fee":"1""#),
        PerformanceLedger.opened("c", "SOL/EUR", at: "2026-01-06T00:00:00Z", price: "10"),
        PerformanceLedger.closed("a", at: "2026-01-06T00:00:00Z", price: "110", more: #","reason":"roi""#),
        PerformanceLedger.closed("c", at: "2026-01-07T00:00:00Z", price: "10", more: #","reason":"stop""#),
        PerformanceLedger.closed("b", at: "2026-01-05T12:00:00Z", price: "46", more: #","reason":"stop""#),
    ]

    @Test func `are those that were worked out by hand, by currency`() throws {
        let sets = try PerformanceLedger(Self.history).figures(PerformanceQuery())
        #expect(sets.map { $0["quote"] } == ["EUR", "USDT"])
        let expected = [
            "trades": "2", "wins": "1", "losses": "1", "draws": "0", "win_rate": "0.5", "net_pnl": "5",
            "gross_profit": "10", "gross_loss": "5", "fees": "1", "fee_share": "0.166666666666666667",
            "average_win": "10", "average_loss": "5", "payoff_ratio": "2", "largest_win": "10",
            "largest_win_trade": "a", "largest_loss": "-5", "largest_loss_trade": "b", "profit_factor": "2",
            "expectancy": "2.5", "expectancy_ratio": "0.5", "win_streak": "1", "loss_streak": "1",
            "holding_seconds_mean": "54000", "holding_seconds_median": "54000", "holding_seconds_min": "21600",
            "holding_seconds_max": "86400", "exposure": "1", "open_trades_max": "2", "pnl_pct_mean": "0",
            "max_drawdown": "5", "max_drawdown_peak_at": "2026-01-05T00:00:00.000000Z",
            "max_drawdown_trough_at": "2026-01-05T12:00:00.000000Z",
            "max_drawdown_recovered_at": "2026-01-06T00:00:00.000000Z", "recovery_factor": "1",
            "since": "2026-01-05T00:00:00.000000Z", "until": "2026-01-06T00:00:00.000000Z",
        ]
        for (name, text) in expected { #expect(sets[1][name] == text, "\(name)") }
    }

    @Test func `are null with a reason where there is nothing to divide by`() throws {
        let euro = try PerformanceLedger(Self.history).figures(PerformanceQuery())[0]
        #expect(euro["draws"] == "1" && euro["net_pnl"] == "0" && euro["win_rate"] == "0")
        let nulls = [
            "average_win": "no trade has a profit", "average_loss": "no trade has a loss",
            "profit_factor": "no trade has a loss", "expectancy_ratio": "no trade has a loss",
            "largest_win_trade": "no trade has a profit", "sqn": "fewer than 2 trades",
            "fee_share": "the profit before fees is 0 or less",
            "sharpe": "no capital is on record; pass --capital or record account.deposited",
            "max_drawdown_peak_at": "the sum of P&L never fell",
        ]
        for (name, reason) in nulls {
            #expect(euro[name] == nil, "\(name)")
            #expect(euro.reason(name) == reason, "\(name)")
        }
        #expect(euro.n("win_rate") == 1 && euro.n("average_win") == 0)
    }

    @Test(
        arguments: [
            (.symbol, ["SOL/EUR", "BTC/USDT", "ETH/USDT"]), (.strategy, [nil, "s", nil]), (.tag, [nil, "dip", nil]),
            (.side, ["buy", "buy"]), (.reason, ["stop", "roi", "stop"]), (.account, ["default", "default", "x"]),
            (.day, ["2026-01-07", "2026-01-05", "2026-01-06"]), (.week, ["2026-W02", "2026-W02"]),
            (.month, ["2026-01", "2026-01"]), (.hour, ["00", "00", "12"]),
            (.weekday, ["Wednesday", "Monday", "Tuesday"]), (.regime, [nil, nil]),
        ] as [(Grouping, [String?])]
    )
    func `are grouped`(grouping: Grouping, groups: [String?]) throws {
        let sets = try PerformanceLedger(Self.history).figures(PerformanceQuery(by: grouping))
        #expect(sets.map(\.group) == groups)
    }

    @Test(
        arguments: [
            ("2021-01-03", "2020-W53"), ("2021-01-04", "2021-W01"), ("2024-12-30", "2025-W01"),
            ("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2028-02-29", "2028-W09"),
        ]
    )
    func `are grouped by the week of ISO 8601`(day: String, week: String) throws {
        let ledger = try PerformanceLedger([
            PerformanceLedger.opened("a", at: "\(day)T00:00:00Z"),
            PerformanceLedger.closed("a", at: "\(day)T23:59:59Z", price: "1"),
        ])
        #expect(try ledger.figures(PerformanceQuery(by: .week)).map(\.group) == [week])
    }

    @Test func `follow late adjustments, voids and contexts, and are known as of any moment`() throws {
        let ledger = try PerformanceLedger(Self.history)
        try ledger.append([
            #"{"type":"trade.adjusted","trade_id":"b","occurred_at":"2026-02-01T00:00:00Z","kind":"fee","cost":"-7"}"#,
            #"{"type":"trade.annotated","trade_id":"a","occurred_at":"2026-02-01T00:00:00Z","#
                + #""context":{"market_regime":"up"}}"#,
            #"{"type":"trade.voided","trade_id":"c","occurred_at":"2026-02-01T00:00:00Z"}"#,
        ])
        let now = try ledger.figures(PerformanceQuery())
        #expect(now.map { $0["quote"] } == ["USDT"])
        #expect(now[0]["net_pnl"] == "-2" && now[0]["largest_loss"] == "-12")
        #expect(try ledger.figures(PerformanceQuery(by: .regime)).map(\.group) == ["up", nil])
        let before = try ledger.figures(PerformanceQuery(), asOf: .sequence(6))
        #expect(before.map { $0["net_pnl"] } == ["0", "5"])
        #expect(try ledger.figures(PerformanceQuery(), asOf: .sequence(3)).isEmpty)
    }

    @Test func `of a period count the trades that were closed in it`() throws {
        let ledger = try PerformanceLedger(Self.history)
        func count(_ since: String?, _ until: String?) throws -> [String?] {
            let query = PerformanceQuery(since: since.flatMap { Timestamp($0) }, until: until.flatMap { Timestamp($0) })
            return try ledger.figures(query).map { $0["trades"] }
        }
        #expect(try count("2026-01-06T00:00:00Z", nil) == ["1", "1"])
        #expect(try count(nil, "2026-01-06T00:00:00Z") == ["1"])
        #expect(try count("2026-01-05T12:00:00Z", "2026-01-07T00:00:00Z") == ["2"])
        #expect(try count("2026-01-08T00:00:00Z", nil) == [])
    }

    @Test func `of several ledgers are those of all their trades together`() throws {
        let ledgers = [try PerformanceLedger(Self.history), try PerformanceLedger(Self.history)]
        let both = try PerformanceLedger.figures(ledgers, PerformanceQuery())
        #expect(both.map { $0["trades"] } == ["2", "4"])
        #expect(both[1]["net_pnl"] == "10" && both[1]["win_streak"] == "2" && both[1]["open_trades_max"] == "4")
    }

    @Test func `name what later events corrected`() throws {
        let ledger = try PerformanceLedger(Self.history)
        try ledger.append([
            #"{"type":"trade.adjusted","trade_id":"b","occurred_at":"2026-02-01T00:00:00Z","kind":"fee","cost":"-7"}"#,
            #"{"type":"trade.adjusted","trade_id":"b","occurred_at":"2026-02-01T00:00:00Z","kind":"fee","cost":"2"}"#,
            #"{"type":"trade.annotated","trade_id":"a","occurred_at":"2026-02-01T00:00:00Z","reason":"x"}"#,
            #"{"type":"trade.voided","trade_id":"c","occurred_at":"2026-02-01T00:00:00Z"}"#,
        ])
        let replay = PerformanceReplay([try ledger.reader()])
        let corrections = try replay.corrections(since: .sequence(6))
        #expect(corrections.map(\.before.id) == ["b", "c"])
        #expect(corrections.map { "\($0.pnlBefore) \($0.pnlAfter)" } == ["-5 -10", "0 0"])
        #expect(corrections.map(\.after.trade.status) == [.closed, .voided])
        // What was closed later is no correction.
        #expect(try replay.corrections(since: .sequence(5)).map(\.before.id) == ["c"])
        #expect(try replay.corrections(since: .now).isEmpty)
    }
}

@Suite struct `Figures in a base currency` {
    private static let trades = [
        PerformanceLedger.opened("a", at: "2026-01-05T00:00:00Z"),
        PerformanceLedger.opened("b", "SOL/EUR", at: "2026-01-05T00:00:00Z", price: "10", more: #","fee":"1""#),
        PerformanceLedger.closed("a", at: "2026-01-06T00:00:00Z", price: "110"),
        PerformanceLedger.closed("b", at: "2026-01-07T00:00:00Z", price: "13"),
    ]

    @Test func `are converted at the last price observed at or before each close, whenever recorded`() throws {
        let ledger = try PerformanceLedger(
            Self.trades + [
                PerformanceLedger.price("EUR/USDT", at: "2026-01-07T00:00:01Z", "9"),
                PerformanceLedger.price("EUR/USDT", at: "2026-01-07T00:00:00Z", "1.5"),
                PerformanceLedger.price("EUR/USDT", at: "2026-01-06T00:00:00Z", "8"),
            ]
        )
        let sets = try ledger.figures(PerformanceQuery(base: "USDT"))
        #expect(sets.map { $0["quote"] } == ["USDT"])
        #expect(sets[0]["net_pnl"] == "13" && sets[0]["fees"] == "1.5" && sets[0]["unpriced"] == "[]")
        let pound = try ledger.figures(PerformanceQuery(base: "GBP"))
        #expect(pound[0].reason("net_pnl") == "a close has no price of EUR/GBP or USDT/GBP")
        #expect(pound[0]["trades"] == "2" && pound[0]["unpriced"] == #"["EUR/GBP","USDT/GBP"]"#)
    }

    @Test func `are converted by the price of the pair the other way round if there is no other`() throws {
        let ledger = try PerformanceLedger(
            Self.trades + [PerformanceLedger.price("EUR/USDT", at: "2026-01-05T00:00:00Z", "1.25")]
        )
        #expect(try ledger.figures(PerformanceQuery(base: "EUR"))[0]["net_pnl"] == "10")
    }

    @Test func `do not depend on prices of trades outside the period`() throws {
        let ledger = try PerformanceLedger(Self.trades)
        let query = PerformanceQuery(until: Timestamp("2026-01-06T12:00:00Z"), base: "USDT")
        #expect(try ledger.figures(query).map { $0["net_pnl"] } == ["10"])
    }
}

@Suite struct `Figures of equity` {
    private static let events = [
        PerformanceLedger.money("deposited", at: "2026-01-01T00:00:00Z", "1000"),
        PerformanceLedger.opened("a", at: "2026-01-02T00:00:00Z"),
        PerformanceLedger.closed("a", at: "2026-01-02T12:00:00Z", price: "200"),
        PerformanceLedger.opened("b", at: "2026-01-02T13:00:00Z"),
        PerformanceLedger.money("withdrawn", at: "2026-01-03T00:00:00Z", "100"),
        #"{"type":"account.adjusted","account":"default","currency":"USDT","occurred_at":"2026-01-03T00:00:00Z","#
            + #""kind":"interest","cost":"10"}"#,
        PerformanceLedger.price("BTC/USDT", at: "2026-01-02T23:00:00Z", "150"),
        PerformanceLedger.price("BTC/USDT", at: "2026-01-03T23:59:59Z", "40"),
        PerformanceLedger.closed("b", at: "2026-01-04T00:00:00Z", price: "90"),
    ]

    @Test func `count flows as capital and interest as profit`() throws {
        let set = try PerformanceLedger(Self.events).figures(PerformanceQuery())[0]
        #expect(set["capital"] == "900" && set["equity"] == "1000" && set["days"] == "4")
        #expect(set["since"] == "2026-01-01T00:00:00.000000Z")
        // 1000/1000 · 1100/1000 · 1110/1100 · 1000/1010.
        #expect(set["twr"] == "0.0990099009901")
        // 490 of trades / the mean of 1000, 1100, 1010 and 1000.
        #expect(set["turnover"] == "0.476885644768856448")
        #expect(try PerformanceLedger(Self.events).figures(PerformanceQuery(by: .symbol))[0].reason("twr") != nil)
    }

    @Test func `are marked at the last price of each day`() throws {
        let set = try PerformanceLedger(Self.events).figures(PerformanceQuery(isMarked: true))[0]
        // 1000, 1150, 950 and 1000 at the ends of days: 1.15 · 1050/1150 · 1000/950.
        #expect(set["twr"] == "0.105263157895")
        #expect(set["equity"] == "1000" && set["unpriced"] == "[]")
        let unpriced = try PerformanceLedger(Self.events.filter { !$0.contains("23:00:00Z") })
        #expect(try unpriced.figures(PerformanceQuery(isMarked: true))[0]["unpriced"] == #"["BTC/USDT on 2026-01-02"]"#)
    }

    @Test func `have no marks of a trade that was voided after its close`() throws {
        let void = #"{"type":"trade.voided","trade_id":"b","occurred_at":"2026-02-01T00:00:00Z"}"#
        let voided = try PerformanceLedger(Self.events + [void])
        let without = try PerformanceLedger(Self.events.filter { !$0.contains(#""trade_id":"b""#) })
        for name in ["twr", "equity", "sharpe", "unpriced", "turnover"] {
            let query = PerformanceQuery(until: Timestamp("2026-01-05T00:00:00Z"), isMarked: true)
            #expect(try voided.figures(query)[0][name] == without.figures(query)[0][name], "\(name)")
        }
    }

    @Test func `rest on a capital that replaces the flows`() throws {
        let query = PerformanceQuery(by: .symbol, capital: try Decimal("500"))
        let set = try PerformanceLedger(Self.events).figures(query)[0]
        #expect(set["capital"] == "500" && set["equity"] == "590" && set["days"] == "3" && set["twr"] == "0.18")
        let all = try PerformanceLedger(Self.events).figures(PerformanceQuery(capital: try Decimal("500")))[0]
        #expect(all["equity"] == "600")
    }

    @Test func `of freqtrade are null where its convention does not have them`() throws {
        let query = PerformanceQuery(capital: try Decimal("500"), convention: .freqtrade)
        let set = try PerformanceLedger(Self.events).figures(query)[0]
        #expect(set["twr"] == "0.18" && set["sharpe"] != nil && set["sqn"] == "0.8182")
        for name in ["volatility", "mwr", "var_95", "skew", "recovery_factor", "drawdowns"] {
            #expect(set.reason(name) == "this convention does not have the figure", "\(name)")
        }
    }

    @Test func `of accounts count their own flows and the transfers between them`() throws {
        let transfer =
            #"{"type":"account.transferred","account":"default","to_account":"x","currency":"USDT","#
            + #""occurred_at":"2026-01-03T00:00:00Z","amount":"50"}"#
        let sets = try PerformanceLedger(Self.events + [transfer]).figures(PerformanceQuery(by: .account))
        #expect(sets.map { $0["capital"] } == ["850"])
        #expect(try PerformanceLedger(Self.events + [transfer]).figures(PerformanceQuery())[0]["capital"] == "900")
    }
}

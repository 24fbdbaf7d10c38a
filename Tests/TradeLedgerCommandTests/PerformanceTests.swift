import LedgerTestSupport
import Testing

@Suite struct `The command performance` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([
            EventText.opened("a", at: "2026-01-05T00:00:00Z", amount: "1", more: #","tag":"dip","fee":"0.5""#),
            EventText.closed("a", at: "2026-01-06T00:00:00Z"),
            EventText.opened("b", symbol: "ETH/USDT", at: "2026-01-06T00:00:00Z", amount: "1"),
            EventText.closed("b", at: "2026-02-07T00:00:00Z", price: "97"),
            EventText.opened("c", symbol: "SOL/EUR", at: "2026-01-06T00:00:00Z", amount: "1"),
            EventText.closed("c", at: "2026-01-06T00:00:00Z", price: "100"),
        ])
    }

    private func records(_ words: String...) throws -> [[String: JSONValue]] {
        let outcome = try ledger.start(["performance"] + words, input: .bytes([])).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map(jsonObject)
    }

    private func page(_ columnCount: Int, _ words: String...) throws -> [String] {
        let environment = ["COLUMNS": "\(columnCount)"]
        let words = ["performance", "--format", "table"] + words
        let outcome = try ledger.start(words, input: .bytes([]), environment: environment).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return outcome.stdout.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static let names = """
        quote convention since until ledgers trades closed wins losses draws win_rate net_pnl gross_profit gross_loss \
        fees fee_share average_win average_loss payoff_ratio largest_win largest_win_trade largest_loss \
        largest_loss_trade profit_factor expectancy expectancy_ratio sqn win_streak loss_streak holding_seconds_mean \
        holding_seconds_median holding_seconds_min holding_seconds_max exposure open_trades_max turnover pnl_pct_mean \
        capital equity days sharpe sortino volatility twr mwr cagr max_drawdown max_drawdown_peak_at \
        max_drawdown_trough_at max_drawdown_recovered_at max_drawdown_ratio calmar recovery_factor var_95 es_95 skew \
        kurtosis drawdowns equity_ended_at unpriced n nulls
        """

    @Test func `prints one record for each currency, with the same names in JSON and CSV`() throws {
        let outcome = try ledger.run("performance", "--format", "csv")
        #expect(outcome.lines.first == Self.names.split(separator: " ").joined(separator: ","))
        #expect(outcome.lines.count == 3)
        let records = try records()
        #expect(records.map { $0["quote"]?.text } == ["EUR", "USDT"])
        #expect(records.map { $0["net_pnl"]?.text } == ["0", "6.5"])
        #expect(records[1].keys.sorted() == Self.names.split(separator: " ").map(String.init).sorted())
        #expect(records[1]["sharpe"] == .null)
        guard case .object(let nulls) = records[1]["nulls"], case .object(let counts) = records[1]["n"] else {
            return #expect(Bool(false), "nulls and n are objects")
        }
        #expect(nulls["sharpe"]?.text == "no capital is on record; pass --capital or record account.deposited")
        #expect(
            nulls.keys.sorted() == records[1].filter { $0.value == .null && $0.key != "equity_ended_at" }.keys.sorted()
        )
        #expect(counts["win_rate"]?.number == 2)
        #expect(counts.count == Self.names.split(separator: " ").count - 9)
    }

    @Test func `names each ledger with the root that its checkpoint has`() throws {
        let other = try CommandLedger([EventText.opened("a"), EventText.closed("a")])
        let words = ["performance", "--ledger", ledger.path, "--ledger", other.path]
        let outcome = try ledger.start(words, input: .bytes([])).finish()
        let record = try #require(try outcome.lines.map(jsonObject).last)
        #expect(record["trades"]?.number == 3)
        guard case .array(let ledgers) = record["ledgers"] else { return #expect(Bool(false), "ledgers is an array") }
        #expect(ledgers.count == 2)
        guard case .object(let first) = ledgers[0] else { return #expect(Bool(false), "a ledger is an object") }
        #expect(first["last_sequence"]?.number == 6 && first["name"] == .null)
        #expect(first["root"]?.text?.count == 64)
    }

    @Test func `groups and filters by the close`() throws {
        #expect(try records("--by", "month").map { $0["group"]?.text } == ["2026-01", "2026-01", "2026-02"])
        #expect(try records("--by", "tag").map { $0["group"] ?? .null } == [.null, .string("dip"), .null])
        #expect(try records("--since", "2026-02-01").map { $0["trades"]?.number } == [1])
        #expect(try records("--closed-until", "2026-02-01").map { $0["trades"]?.number } == [1, 1])
        #expect(try records("--as-of-sequence", "3").map { $0["trades"]?.number } == [1])
        #expect(try records("--as-of", "2020-01-01").isEmpty)
    }

    @Test(arguments: [40, 80, 100, 120, 200])
    func `prints a page that fits the columns`(columnCount: Int) throws {
        for words in [[], ["--by", "symbol"], ["--capital", "1000"], ["--convention", "freqtrade"]] {
            let environment = ["COLUMNS": "\(columnCount)"]
            let all = ["performance", "--format", "table"] + words
            let outcome = try ledger.start(all, input: .bytes([]), environment: environment).finish()
            for line in outcome.stdout.split(separator: "\n") where columnCount >= 80 {
                #expect(line.count <= min(columnCount, 120), "\(line)")
            }
            #expect(outcome.stdout.contains("TOTAL"))
            #expect(!outcome.stdout.split(separator: "\n").contains { $0.last == " " && $0.first != "T" })
        }
    }

    @Test func `shows figures, groups with totals, reasons and the root to people`() throws {
        let lines = try page(80, "--since", "2026-01-01")
        #expect(lines.contains { $0.hasPrefix("net P&L") && $0.contains("6.50 USDT") && $0.hasSuffix("n  2") })
        #expect(lines.contains { $0.hasPrefix("by month") })
        #expect(lines.contains { $0.hasPrefix("TOTAL") && $0.contains("6.50") && $0.contains(" 50.00 ") })
        #expect(lines.contains { $0.hasPrefix("– no capital is on record") })
        #expect(lines.contains { $0.hasPrefix("▁") && $0.contains("█") })
        #expect(lines.contains { $0.contains("convention textbook") })
        #expect(try page(80, "--as-of-sequence", "1").first == "no trades")
        let exact = try page(80, "--exact")
        #expect(exact.contains { $0.hasPrefix("net_pnl") && $0.hasSuffix(" 6.5") })
        #expect(exact.contains { $0.hasPrefix("nulls") && $0.contains("no capital is on record") })
    }

    @Test func `lists what later events corrected`() throws {
        let events = try ledger.events()
        let last = try #require(events.last?["recorded_at"]?.text)
        try ledger.append([
            #"{"type":"trade.adjusted","trade_id":"a","occurred_at":"2026-03-01T00:00:00Z","kind":"fee","cost":"-1"}"#,
            #"{"type":"trade.voided","trade_id":"b","occurred_at":"2026-03-01T00:00:00Z"}"#,
        ])
        let records = try records("--diff-as-of", last)
        let names = ["trade_id", "status_before", "status_after", "realized_pnl_before", "difference"]
        #expect(
            records.map { record in names.map { record[$0]?.text } } == [
                ["a", "closed", "closed", "9.5", "-1"], ["b", "closed", "voided", "-3", "3"],
            ]
        )
        let table = try page(200, "--diff-as-of", last)
        #expect(
            table.contains { $0.hasPrefix("TOTAL") && $0.contains("USDT") && $0.contains("6.5") && $0.hasSuffix("2") }
        )
        #expect(try page(80, "--diff-as-of", "2030-01-01").first == "no corrected trades")
    }

    @Test(
        arguments: [
            (
                ["--by", "moon"],
                "--by takes symbol, strategy, tag, regime, side, reason, account, day, week, month, hour or weekday, "
                    + "not moon"
            ),
            (["--convention", "x"], "--convention takes textbook or freqtrade, not x"),
            (["--capital", "0"], "--capital takes an amount above 0, not 0"),
            (["--capital", "much"], "--capital takes an amount above 0, not much"),
            (
                ["--since", "2026-01-01", "--closed-since", "2026-01-01"],
                "--since and --closed-since are the same; give one of them"
            ),
            (["--since", "2026-01-02", "--until", "2026-01-02"], "--until must be after --since"),
            (["--diff-as-of", "2026-01-01", "--by", "day"], "--diff-as-of and --by cannot be combined"),
        ]
    )
    func `refuses what makes no sense`(words: [String], message: String) throws {
        let outcome = try ledger.start(["performance"] + words, input: .bytes([])).finish()
        #expect(outcome.ending == .exit(64))
        #expect(outcome.stderr == "tradeledger: \(message)\n")
    }

    @Test func `refuses a ledger that is given twice, and other commands a second ledger`() throws {
        let twice = try ledger.start(
            ["performance", "--ledger", ledger.path, "--ledger", ledger.path],
            input: .bytes([])
        )
        #expect(try twice.finish().stderr.contains("are the same ledger, whose trades would count twice"))
        let trades = try ledger.start(["trades", "--ledger", ledger.path, "--ledger", "x"], input: .bytes([])).finish()
        #expect(trades.ending == .exit(64) && trades.stderr == "tradeledger: --ledger was given twice; give it once\n")
    }
}

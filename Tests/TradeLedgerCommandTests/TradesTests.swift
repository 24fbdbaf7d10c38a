import LedgerTestSupport
import Testing

@Suite struct `The commands trades and trade` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([
            EventText.opened("a", at: "2026-01-01T00:00:00Z"),
            EventText.opened(
                "b",
                symbol: "ETH/USDT",
                strategy: "grid",
                at: "2026-01-02T00:00:00Z",
                more: #","tag":"dip","account":"main","decision_id":"d-1""#
            ),
            EventText.opened("c", at: "2026-01-03T00:00:00Z", price: "7", more: #","fee":{"cost":"1","currency":"X"}"#),
        ])
        try ledger.append([
            EventText.closed("a", at: "2026-01-04T00:00:00Z"),
            #"{"type":"trade.voided","trade_id":"c","occurred_at":"2026-01-05T00:00:00Z","reason":"test"}"#,
        ])
    }

    private static let filters: [(options: [String], trades: [String])] = [
        ([], ["a", "b", "c"]), (["--open"], ["b"]), (["--closed"], ["a"]), (["--symbol", "ETH/USDT"], ["b"]),
        (["--strategy", "s"], ["a", "c"]), (["--since", "2026-01-02T00:00:00Z"], ["b", "c"]),
        (["--until", "2026-01-02T01:00:00+01:00"], ["a"]), (["--until", "1767312000001"], ["a", "b"]),
        (["--limit", "2"], ["a", "b"]), (["--limit", "0"], []), (["--as-of-sequence", "2"], ["a", "b"]),
        (["--as-of-sequence", "0"], []), (["--voided"], ["c"]), (["--last", "2"], ["b", "c"]), (["--last", "0"], []),
        (["--last", "9"], ["a", "b", "c"]), (["--last", "1", "--strategy", "s"], ["c"]),
        (["--last", "1", "--closed"], ["a"]),
        (["--since", "2026-01-02"], ["b", "c"]), (["--until", "2026-01-02"], ["a"]),
        (["--tag", "dip"], ["b"]), (["--tag", "none"], []), (["--account", "main"], ["b"]),
        (["--closed-since", "2026-01-04"], ["a"]), (["--closed-since", "2026-01-04T00:00:00.000001Z"], []),
        (["--closed-until", "2026-01-04"], []), (["--closed-until", "2026-01-05"], ["a"]),
        (["--as-of", "2120-01-01"], ["a", "b", "c"]), (["--as-of-sequence", "3", "--open"], ["a", "b", "c"]),
        (["--as-of", "2020-01-01T00:00:00Z"], []), (["--as-of", "2120-01-01T00:00:00Z"], ["a", "b", "c"]),
    ]

    @Test func `filter`() throws {
        for (options, expected) in Self.filters {
            let outcome = try ledger.start(["trades"] + options, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0))
            #expect(try outcome.lines.map { try jsonObject($0)["trade_id"]?.text } == expected, "\(options)")
        }
    }

    @Test func `print the last of many`() throws {
        try ledger.append((1...300).map { EventText.opened("m-\($0)") })
        for (count, format) in [(1, "json"), (7, "csv"), (40, "table"), (299, "json")] {
            let rows = try ledger.run("trades", "--last", "\(count)", "--format", format).lines
                .filter { !$0.hasPrefix("TOTAL") }
            let expected = (301 - count...300).map { "m-\($0)" }
            #expect(rows.count == count + (format == "json" ? 0 : 1))
            for (row, id) in zip(rows.suffix(count), expected) { #expect(row.contains(id), "\(format)") }
        }
    }

    @Test func `show a closed trade that was voided later as closed only as of an earlier time`() throws {
        try ledger.append([#"{"type":"trade.voided","trade_id":"a","occurred_at":"2026-01-06T00:00:00Z"}"#])
        for (options, expected) in [([], []), (["--as-of-sequence", "5"], ["a"])] as [([String], [String])] {
            for format in ["json", "csv", "table"] {
                let arguments = ["trades", "--closed", "--format", format] + options
                let outcome = try ledger.start(arguments, input: .bytes([])).finish()
                #expect(outcome.ending == .exit(0))
                let rows = outcome.lines.dropFirst(format == "json" ? 0 : 1).filter { !$0.hasPrefix("TOTAL") }
                #expect(rows.count == expected.count, "\(format)")
                for (row, id) in zip(rows, expected) { #expect(row.contains(id)) }
            }
        }
    }

    @Test func `show a trade as it was known when an event was recorded`() throws {
        let open = try #require(try ledger.events("--from", "3", "--to", "3").first?["recorded_at"]?.text)
        let known = try ledger.run("trades", "--as-of", open, "--limit", "1").lines.map(jsonObject)
        #expect(known.first?["status"] == .string("open"))
    }

    @Test func `print every field of a trade with its type`() throws {
        let trades = try ledger.run("trades", "--format", "json").lines.map(jsonObject)
        let kinds = [
            "trade_id": "string", "symbol": "string", "side": "string", "order_type": "string", "status": "string",
            "amount": "string", "open_amount": "string", "entry_price": "string", "exit_price": "string",
            "fees": "string", "adjustments": "string", "realized_pnl": "string", "pnl_pct": "string", "won": "bool",
            "closed": "bool", "opened_at": "string", "closed_at": "string", "strategy": "string", "reason": "string",
            "quote": "string", "fees_incomplete": "bool", "first_sequence": "integer", "last_sequence": "integer",
        ]
        let closed = try #require(trades.first)
        for (name, kind) in kinds { #expect(closed[name]?.kind == kind, "\(name)") }
        #expect(closed["realized_pnl"] == .string("20") && closed["pnl_pct"] == .string("10"))
        #expect(closed["won"] == .bool(true) && closed["closed"] == .bool(true))
        #expect(closed["first_sequence"] == .integer(1) && closed["last_sequence"] == .integer(4))
        #expect(closed["opened_at"] == .string("2026-01-01T00:00:00.000000Z"))
        for name in ["exit_price", "closed_at", "reason"] { #expect(trades[1][name] == .null) }
        #expect(trades[1]["tag"] == .string("dip") && trades[1]["decision_id"] == .string("d-1"))
        #expect(trades[2]["status"] == .string("voided") && trades[2]["fees_incomplete"] == .bool(true))
    }

    @Test func `explain one trade event by event`() throws {
        let json = try ledger.run("trade", "a", "--format", "json").lines.map(jsonObject)
        #expect(json.count == 2)
        guard case .object(let event)? = json[1]["event"], case .object(let trade)? = json[1]["trade"] else {
            Issue.record("an event and the resulting trade")
            return
        }
        #expect(event["sequence"] == .integer(4) && trade["status"] == .string("closed"))
        #expect(try ledger.run("trade", "a", "--format", "csv").lines.count == 3)
        let table = try ledger.run("trade", "a", "--format", "table")
        #expect(
            table.stdout == """
                trade       a, closed
                symbol      BTC/USDT, buy, market order
                amount      2 entered at 100, 2 exited at 110
                P&L         20 USDT, 10 %
                fees        0 USDT
                adjusted    0 USDT
                held        3 d, from 2026-01-01T00:00:00Z to 2026-01-04T00:00:00Z
                strategy    s
                start       2026-01-01T00:00:00Z, from which the times below count

                 +0:00:00  #1  bought 2 at 100 → 2 open at 100
                +72:00:00  #4  sold 2 at 110: roi → closed, P&L 20 USDT

                """
        )
    }

    @Test(arguments: ["table", "json", "csv"]) func `say that there is no such trade`(_ format: String) throws {
        let outcome = try ledger.run("trade", "nobody", "--format", format)
        #expect(outcome.ending == .exit(66))
        #expect(outcome.stdout.isEmpty)
        #expect(outcome.messages.count == 1 && outcome.stderr.contains("no trade nobody"))
    }
}

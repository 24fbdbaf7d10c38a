import LedgerTestSupport
import Testing

@Suite struct `Printed formats` {
    @Test func `CSV quotes commas, quotes and line breaks as in RFC 4180`() throws {
        let ledger = try CommandLedger([EventText.opened(#"a,\"b\"\nc"#)])
        let outcome = try ledger.run("trades", "--format", "csv")
        #expect(outcome.stdout.hasPrefix("trade_id,symbol,side,order_type,status,amount,open_amount,"))
        #expect(outcome.stdout.contains("\n\"a,\"\"b\"\"\nc\",BTC/USDT,buy,market,open,2,2,100,,0,0,0,0,false,false,"))
        let rejected = try ledger.run("append", input: #"{"x":1}"# + "\n")
        #expect(rejected.ending == .exit(65))
        let row = try #require(try ledger.run("rejected", "--format", "csv").lines.last)
        #expect(row.contains(#","{""x"":1}",7"#))
    }

    @Test func `a table has aligned columns`() throws {
        let ledger = try CommandLedger([
            EventText.opened("a"), EventText.opened("a longer id", symbol: "日本/円", amount: "0.5"),
        ])
        let table = try ledger.run("trades", "--format", "table", "--quiet").stdout
        #expect(
            table == """
                trade_id     symbol    side  status  amount  entry_price  realized_pnl  pnl_pct
                a            BTC/USDT  buy   open         2          100             0        0
                a longer id  日本/円      buy   open       0.5          100             0        0
                TOTAL USDT                                                           0
                TOTAL 円                                                              0

                """
        )
    }

    @Test func `a table cuts a long cell before the last column, and JSON has it in full`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let line = #"{"x":"\#(String(repeating: "y", count: 100_000))"}"#
        #expect(try ledger.run("append", input: line + "\n{}\n").ending == .exit(65))
        let table = try ledger.run("rejected", "--format", "table", "--wide")
        #expect(table.lines.count == 3 && table.lines.allSatisfy { $0.count < 500 })
        #expect(table.lines[1].contains("yyy…"))
        #expect(try ledger.run("rejected", "--format", "json").stdout.contains(String(repeating: "y", count: 100_000)))
    }

    @Test func `events print as a table and as CSV`() throws {
        let ledger = try CommandLedger([EventText.opened("a"), EventText.closed("a")])
        #expect(try ledger.run("events", "--format", "table").lines.count == 3)
        let csv = try ledger.run("events", "--format", "csv")
        #expect(csv.lines.count == 3)
        #expect(csv.stdout.hasPrefix("sequence,recorded_at,event_id,type,trade_id,occurred_at,"))
    }

    @Test func `without a terminal the format is JSON`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let trades = try ledger.run("trades")
        #expect(try ledger.run("trades", "--format", "json").stdout == trades.stdout)
    }

    @Test func `messages in JSON are objects with time, level, logger and message`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let outcomes = [
            try ledger.run("append", "--log-format", "json"),
            try ledger.run("trade", "no \"such\"", "--log-format=json"),
            try ledger.run("--log-format", "json", "status", "--database", "postgresql://localhost:1/none"),
        ]
        for (outcome, level) in zip(outcomes, ["info", "error", "warning"]) {
            #expect(outcome.messages.count == 1)
            let message = try jsonObject(try #require(outcome.messages.first))
            #expect(Set(message.keys) == ["timestamp", "level", "logger", "message"])
            #expect(message["level"] == .string(level))
            #expect(message["timestamp"]?.text?.hasSuffix("Z") == true)
        }
    }

    @Test(arguments: ["text", "json"]) func `messages hold no token`(_ logFormat: String) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        for secret in ["tl_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo", "Bearer abcdefgh"] {
            let outcome = try ledger.run("trade", "no \(secret)", "--log-format", logFormat)
            #expect(outcome.messages.count == 1)
            #expect(outcome.stderr.contains("no tl_***") || outcome.stderr.contains("no Bearer ***"))
            #expect(!outcome.stderr.contains("Zm9v") && !outcome.stderr.contains("abcd"))
        }
    }
}

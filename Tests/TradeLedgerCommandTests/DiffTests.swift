import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `The command diff` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([
            EventText.opened("a", at: "2026-01-01T00:00:00Z"), EventText.opened("b", at: "2026-01-02T00:00:00Z"),
        ])
        try ledger.append([EventText.closed("a", at: "2026-01-04T00:00:00Z"), EventText.opened("c")])
    }

    private func run(_ words: [String]) throws -> ChildProcess.Outcome {
        try ledger.start(words, input: .bytes([])).finish()
    }

    @Test func `names rows and fields between two moments`() throws {
        let outcome = try ledger.run("diff", "@2", "@4", "--format", "csv")
        #expect(outcome.ending == .exit(1))
        #expect(
            outcome.lines == [
                "projection,trade_id,key,field,a,b", "trades,a,a,status,open,closed", "trades,a,a,open_amount,2,0",
                "trades,a,a,exit_price,,110", "trades,a,a,realized_pnl,0,20", "trades,a,a,pnl_pct,0,10",
                "trades,a,a,won,false,true", "trades,a,a,closed,false,true",
                "trades,a,a,closed_at,,2026-01-04T00:00:00.000000Z", "trades,a,a,reason,,roi",
                "trades,a,a,last_sequence,1,3", "trades,c,c,trade_id,,c",
                "balances,,default USDT,traded,-400,-380", "balances,,default USDT,amount,-400,-380",
            ]
        )
        #expect(outcome.stderr.contains("trades (1 in fields, 0 only in a, 1 only in b), balances (1 in fields"))
        let record = try jsonObject(try #require(try ledger.run("diff", "@2", "@4").lines.last))
        let expected: [String: JSONValue] = [
            "projection": .string("balances"), "trade_id": .null, "key": .string("default USDT"),
            "field": .string("amount"), "a": .string("-400"), "b": .string("-380"),
        ]
        #expect(record == expected)
        let table = try ledger.run("diff", "@2", "@4", "--format", "table")
        #expect(table.lines.count == 14 && table.lines[0].hasPrefix("projection  trade_id  key           field "))
    }

    @Test func `names what happened to every projection`() throws {
        let time = #""occurred_at":"2026-01-05T00:00:00Z""#
        let order =
            #"{"type":"order.submitted","order_id":"o","symbol":"BTC/USDT","side":"buy","order_type":"limit","#
            + #""price":"90","amount":"1",\#(time)}"#
        try ledger.append([
            #"{"type":"account.deposited","account":"default","currency":"USDT","amount":"1000",\#(time)}"#,
            #"{"type":"price.observed","symbol":"BTC/USDT","price":"120",\#(time)}"#, order,
            #"{"type":"risk.halted","scope":"all",\#(time)}"#,
        ])
        let outcome = try ledger.run("diff", "@4", ledger.path, "--format", "csv")
        #expect(
            outcome.lines == [
                "projection,trade_id,key,field,a,b", "orders,,o,order_id,,o",
                "balances,,default USDT,deposited,0,1000", "balances,,default USDT,amount,-380,620",
                "prices,,BTC/USDT,symbol,,BTC/USDT", "halts,,8,first_sequence,,8",
                "flows,,5 default,sequence account,,5 default", "portfolios,,default,base,,USDT",
                "portfolios,,default,capital_in,,1000", "portfolios,,default,capital_out,,0",
                "portfolios,,default,cash,,620", "portfolios,,default,positions_value,,480",
                "portfolios,,default,realized_pnl,,20", "portfolios,,default,unrealized_pnl,,80",
                "portfolios,,default,equity,,1100",
            ]
        )
    }

    @Test func `accepts a time, a directory, and a moment of a directory`() throws {
        let time = try #require(try ledger.events("--from", "2", "--to", "2").first?["recorded_at"]?.text)
        let path = ledger.path
        for (a, b) in [
            ("@\(time)", "@2"), (path, "@4"), (path, "\(path)@2120-01-01T00:00:00Z"), ("\(path)@2", "@\(time)"),
            ("@0", "@2020-01-01T00:00:00Z"), ("@0", "@2020-01-01"), (path, "\(path)@2120-01-01"), ("@99", "@4"),
        ] {
            let outcome = try run(["diff", a, b])
            #expect(outcome.ending == .exit(0) && outcome.stdout.isEmpty, "\(a) \(b)")
            #expect(outcome.stderr.contains("agree on every row"))
        }
        #expect(try ledger.run("diff", "@0", "@4").lines.filter { $0.contains(#""projection":"trades""#) }.count == 3)
    }

    @Test func `compares a ledger with its backup, and with another ledger`() throws {
        let backup = ledger.directory.path + "/backup@1"
        #expect(try ledger.run("backup", backup).ending == .exit(0))
        #expect(try ledger.run("diff", ledger.path, backup + "/").ending == .exit(0))
        try ledger.append([EventText.closed("b")])
        let behind = try ledger.run("diff", ledger.path, backup + "/", "--format", "csv")
        #expect(behind.ending == .exit(1) && behind.lines.contains("trades,b,b,status,closed,open"))
        let other = try CommandLedger([EventText.opened("b", at: "2026-01-02T00:00:00Z", price: "100.50")])
        let outcome = try ledger.run("diff", "@2", other.path, "--format", "csv")
        #expect(outcome.ending == .exit(1))
        #expect(
            outcome.lines == [
                "projection,trade_id,key,field,a,b", "trades,a,a,trade_id,a,", "trades,b,b,entry_price,100,100.5",
                "trades,b,b,first_sequence,2,1", "trades,b,b,last_sequence,2,1", "balances,,default BTC,traded,4,2",
                "balances,,default BTC,amount,4,2", "balances,,default USDT,traded,-400,-201",
                "balances,,default USDT,amount,-400,-201", "positions,,default BTC/USDT buy USDT,amount,4,2",
                "positions,,default BTC/USDT buy USDT,entry_price,100,100.5",
                "positions,,default BTC/USDT buy USDT,cost,400,201", "positions,,default BTC/USDT buy USDT,trades,2,1",
            ]
        )
    }

    @Test func `refuses wrong arguments, and quotes no password`() throws {
        for words in [[], ["@1"], ["@1", "@2", "@3"], ["@1", "@yesterday"], ["@", "@1"], ["@-1", "@1"]] {
            let outcome = try run(["diff"] + words)
            #expect(outcome.ending == .exit(64) && outcome.messages.count == 1, "\(words)")
        }
        #expect(try ledger.run("diff", "@1", "/no/such").ending == .exit(66))
        #expect(try ledger.run("diff", "@1", "@2", "--ledger", "/no/such").ending == .exit(66))
        let unreachable = try ledger.run("diff", ledger.path, "postgresql://u:s3cret@127.0.0.1:1/d")
        #expect(unreachable.ending == .exit(69) && !unreachable.stderr.contains("s3cret"))
        #expect(unreachable.stdout.isEmpty)
    }
}

@Suite(.needsServer) struct `The command diff with a database` {
    @Test(arguments: TestServer.all)
    func `names the changes in the database`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            #expect(try ledger.run("diff", ledger.path, url).ending == .exit(0))
            #expect(try ledger.run("diff", url, url, "--ledger", "/no/such").ending == .exit(0))
            try execute(
                url,
                """
                UPDATE ledger.trades SET fees = 7.50, strategy = NULL WHERE trade_id = 'trade-1';
                UPDATE ledger.trades SET pnl_pct = 'NaN', opened_at = 'infinity' WHERE trade_id = 'trade-2';
                UPDATE ledger.trades SET trade_id = 'x' WHERE trade_id = 'trade-3'
                """
            )
            let outcome = try ledger.run("diff", ledger.path, url, "--format", "csv")
            #expect(outcome.ending == .exit(1))
            let names = outcome.lines.dropFirst().map { $0.split(separator: ",")[2...3].joined(separator: " ") }
            #expect(
                names == [
                    "trade-1 fees", "trade-1 strategy", "trade-2 pnl_pct", "trade-2 opened_at", "trade-3 trade_id",
                    "x trade_id",
                ]
            )
            #expect(outcome.lines[1].hasSuffix(",7.5"))
            #expect(outcome.lines[3].hasSuffix(",NaN") && outcome.lines[4].hasSuffix(",infinity"))
        }
    }

    @Test(arguments: TestServer.all)
    func `chooses the ledger that the other side has, that of --ledger, or the only one`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            let other = try CommandLedger([EventText.opened("other")])
            // There is one ledger in the database, and it is not this one.
            #expect(try other.run("diff", other.path, url).ending == .exit(1))
            #expect(try other.run("replicate", "--once", "--database", url).ending == .exit(0))
            #expect(try other.run("diff", other.path, url).ending == .exit(0))
            #expect(try other.run("diff", ledger.path, url).ending == .exit(0))
            #expect(try other.run("diff", "@1", url).ending == .exit(0))
            let both = try other.run("diff", url, url)
            #expect(both.ending == .exit(0) && both.stderr.contains("up to event 1,"))
            let several = try other.run("diff", url, url, "--ledger", "/no/such")
            #expect(several.ending == .exit(64) && several.stderr.contains("--ledger"))
        }
        try server.withDatabase { url in
            let ledger = try CommandLedger()
            #expect(try ledger.run("diff", ledger.path, url).ending == .exit(78))
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            #expect(try ledger.run("diff", ledger.path, url).ending == .exit(66))
        }
    }

    private func execute(_ url: String, _ sql: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute(sql)
    }
}

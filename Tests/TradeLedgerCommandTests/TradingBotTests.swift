import Foundation
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// Reads `trade_history` as the trading bot does: with SQLAlchemy over psycopg.
private enum TradingBot {
    /// A Python that has both.
    static let python = ProcessInfo.processInfo.environment["TRADELEDGER_TEST_PYTHON"]

    /// The two models that the bot declares.
    static let models = ["planned", "written"]

    /// Makes calls of the bot's repository and returns what it gets.
    static func ask(_ model: String, _ url: String, _ calls: [String]) throws -> [JSONValue] {
        let program = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "TradingBot/trade_history.py").path
        let process = try ChildProcess(
            try #require(python),
            [program, model, "postgresql+psycopg" + url.drop { $0 != ":" }],
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"],
            input: .bytes(Array(calls.map { $0 + "\n" }.joined().utf8))
        )
        let outcome = try process.finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }
}

@Suite(
    .needsServer,
    .enabled(if: TradingBot.python != nil, "TRADELEDGER_TEST_PYTHON names no Python with SQLAlchemy; see tools/test")
)
struct `The trading bot` {
    private static let longID = String(repeating: "long-", count: 20)
    private static let longSymbol = "A-TOKEN-WITH-A-LONG-NAME/USDT"

    private static let events = [
        opened("t-1", "BTC/USDT", #""side":"buy","amount":"0.1","price":"60000","fee":"6","context":\#(context)"#, 5),
        #"{"type":"trade.closed","trade_id":"t-1","occurred_at":"2026-01-05T12:00:00Z","price":"61000","fee":"6.1"}"#,
        opened("t-2", "ETH/USDT", #""side":"sell","amount":"2","price":"3000""#, 6),
        #"{"type":"trade.closed","trade_id":"t-2","occurred_at":"2026-01-06T12:00:00Z","price":"3100"}"#,
        opened("t-3", "BTC/USDT", #""side":"buy","amount":"1","price":"1""#, 7),
        opened(longID, longSymbol, #""side":"buy","amount":"1","price":"1e-10""#, 8),
        opened("void", "BTC/USDT", #""side":"buy","amount":"1","price":"1""#, 9),
        #"{"type":"trade.voided","trade_id":"void","occurred_at":"2026-01-09T12:00:00Z","reason":"mistake"}"#,
    ]

    private static let context = """
        {"market_regime":"trending","bull_confidence":0.75,"bear_confidence":0.25,"decision_confidence":0.5,\
        "agent_votes":{"bull":{"confidence":0.75,"reasoning":"momentum"}},"signals":{"rsi":58.5}}
        """

    private static func opened(_ trade: String, _ symbol: String, _ fields: String, _ day: Int) -> String {
        #"{"type":"trade.opened","trade_id":"\#(trade)","symbol":"\#(symbol)","order_type":"limit",\#(fields),"#
            + #""occurred_at":"2026-01-0\#(day)T09:00:00Z"}"#
    }

    private static var first: [String: JSONValue] {
        [
            "trade_id": .string("t-1"), "symbol": .string("BTC/USDT"),
            "timestamp": .string("2026-01-05T09:00:00+00:00"),
            "side": .string("buy"), "order_type": .string("limit"), "amount": .fraction(0.1),
            "entry_price": .integer(60000), "exit_price": .integer(61000), "realized_pnl": .fraction(87.9),
            "pnl_pct": .fraction(1.465), "fees": .fraction(12.1), "market_regime": .string("trending"),
            "bull_confidence": .fraction(0.75), "bear_confidence": .fraction(0.25),
            "decision_confidence": .fraction(0.5), "won": .bool(true), "closed": .bool(true),
            "close_timestamp": .string("2026-01-05T12:00:00+00:00"),
            "agent_votes": .object([
                "bull": .object(["confidence": .fraction(0.75), "reasoning": .string("momentum")])
            ]),
            "signals": .object(["rsi": .fraction(58.5)]),
        ]
    }

    /// Runs `body` with the address of a database that `replicate` filled, for a login that may only read.
    private func withDatabase(
        _ server: TestServer,
        _ others: [CommandLedger] = [],
        _ body: (_ url: String) throws -> Void
    ) throws {
        try server.withMigratedDatabase { url in
            let first = try CommandLedger(Self.events)
            for ledger in [first] + others {
                let outcome = try ledger.run("replicate", "--once", "--database", url)
                try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            }
            let login = "bot_\(TestServer.databaseName(in: url))"
            var connection = try Connection(url: url, password: nil, applicationName: "tests")
            try connection.execute("CREATE ROLE \(login) LOGIN IN ROLE ledger_reader")
            defer { #expect(throws: Never.self) { try connection.execute("DROP ROLE \(login)") } }
            try body(url.replacing("user=postgres", with: "user=\(login)"))
        }
    }

    /// The ids of trades that a call returned, in their order.
    private func ids(_ result: JSONValue) -> [String] {
        guard case .array(let trades) = result else { return [] }
        return trades.map { if case .object(let trade) = $0 { trade["trade_id"]?.text ?? "" } else { "" } }
    }

    @Test(arguments: TestServer.all, TradingBot.models)
    func `reads a trade through its own model as it would from its own table`(
        server: TestServer,
        model: String
    ) throws {
        try withDatabase(server) { url in
            let calls = [#"["get_trade","t-1"]"#, #"["get_trade","\#(Self.longID)"]"#, #"["get_trade","none"]"#]
            let answers = try TradingBot.ask(model, url, calls)
            var first = Self.first
            if model == "planned" { first["id"] = .integer(1) }
            #expect(answers[0] == .object(first))
            guard case .object(let long) = answers[1] else {
                Issue.record("a trade is an object: \(answers[1])")
                return
            }
            #expect(long["symbol"] == .string(Self.longSymbol) && long["entry_price"] == .fraction(1e-10))
            #expect(long["exit_price"] == .null && long["agent_votes"] == .null && long["close_timestamp"] == .null)
            #expect(answers[2] == .null)
        }
    }

    @Test(arguments: TestServer.all, TradingBot.models)
    func `gets its lists and its figures from its own queries`(server: TestServer, model: String) throws {
        try withDatabase(server) { url in
            let answers = try TradingBot.ask(
                model,
                url,
                [
                    #"["get_recent_trades",2]"#, #"["get_recent_trades",50]"#, #"["get_closed_trades",1]"#,
                    #"["get_closed_trades",50]"#, #"["get_open_trades"]"#,
                    #"["get_trades_by_symbol","BTC/USDT","2026-01-05T09:00:00+00:00","2026-01-07T09:00:00+00:00"]"#,
                    #"["get_trades_by_symbol","BTC/USDT","2026-01-05T09:00:01+00:00","2026-01-07T08:59:59+00:00"]"#,
                ]
            )
            let expected = [
                [Self.longID, "t-3"], [Self.longID, "t-3", "t-2", "t-1"], ["t-2"], ["t-2", "t-1"],
                // The bot treats every trade that is not closed as an open position, so the voided trade must not be
                // among them.
                ["t-3", Self.longID], ["t-1", "t-3"], [],
            ]
            #expect(answers.map(ids) == expected)
            let figures = try TradingBot.ask(model, url, [#"["get_performance_metrics"]"#])
            #expect(
                figures == [
                    .object([
                        "total_trades": .integer(2), "winning_trades": .integer(1), "win_rate": .fraction(0.5),
                        "total_pnl": .fraction(-112.1), "total_fees": .fraction(12.1),
                    ])
                ]
            )
        }
    }

    @Test(arguments: TestServer.all, TradingBot.models)
    func `reads the trades of a second ledger, whose numbers are beyond 32 bits`(
        server: TestServer,
        model: String
    ) throws {
        try withDatabase(server, [try CommandLedger([EventText.opened("other")])]) { url in
            let answers = try TradingBot.ask(model, url, [#"["get_trade","other"]"#, #"["get_recent_trades",50]"#])
            guard case .object(let other) = answers[0] else {
                Issue.record("a trade is an object: \(answers[0])")
                return
            }
            #expect(other["id"] == (model == "planned" ? .integer((1 << 40) + 1) : nil))
            #expect(other["trade_id"] == .string("other") && ids(answers[1]).count == 5)
        }
    }
}

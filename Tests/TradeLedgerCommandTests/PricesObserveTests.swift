import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `prices observe` {
    private let ledger: CommandLedger

    init() throws {
        let flows = [("10000", "USDT"), ("100", "EUR"), ("3", "BNB")].map { amount, currency in
            #"{"type":"account.deposited","account":"main","occurred_at":"2026-01-02T00:00:00Z","#
                + #""amount":"\#(amount)","currency":"\#(currency)"}"#
        }
        let account = #","account":"main""#
        ledger = try CommandLedger(
            flows + [
                EventText.opened("t-1", more: account), EventText.opened("t-2", symbol: "OLD/USDT", more: account),
                EventText.opened("t-3", symbol: "ETH/USDT", more: account), EventText.closed("t-3"),
            ]
        )
    }

    /// Candles of what the ledger needs and of what it does not need.
    private static let candles = """
        symbol,venue,timestamp,timeframe,open,high,low,close,volume
        BTC/USDT,binance,2026-01-03T21:00:00Z,1h,1,9,1,2,1
        BTC/USDT,binance,2026-01-03T22:00:00Z,1h,1,9,1,3,1
        BTC/USDT,binance,2026-01-03T23:00:00Z,2h,1,9,1,4,1
        BTC/USDT,binance,2026-01-03T23:30:00Z,ticks,1,9,1,4,1
        BTC/USDT,kraken,2026-01-02T00:00:00Z,1d,1,9,1,5,1
        OLD/USDT,binance,2020-05-01T00:00:00Z,1M,1,9,1,6,1
        USDT/EUR,binance,2026-01-03T00:00:00Z,1d,0.8,0.9,0.7,0.85,1
        ETH/USDT,binance,2026-01-03T22:00:00Z,1h,1,9,1,7,1

        """

    /// Runs `body` with a database that has these candles.
    private func withCandles(_ server: TestServer, _ body: (String) throws -> Void) throws {
        try server.withMigratedDatabase { url in
            try load(Self.candles, url)
            try body(url)
        }
    }

    private func load(_ candles: String, _ url: String) throws {
        let path = try ledger.file("candles.csv", candles)
        try #require(try ledger.run("prices", "load", path, "--database", url).ending == .exit(0))
    }

    private func observe(_ day: String, _ url: String, _ more: String...) throws -> ChildProcess.Outcome {
        let words = ["prices", "observe", "--close-of", day, "--database", url] + more
        return try ledger.start(words, input: .bytes([])).finish()
    }

    /// What each record says of the event, as `status symbol price occurred_at`.
    private func answers(_ outcome: ChildProcess.Outcome) throws -> [String] {
        try outcome.lines.map(jsonObject).map { record in
            ["status", "symbol", "price", "occurred_at"].map { record[$0]?.text ?? "" }.joined(separator: " ")
        }
    }

    @Test(arguments: TestServer.all)
    func `records the last close of what positions and balances need, once`(server: TestServer) throws {
        try withCandles(server) { url in
            let first = try observe("2026-01-03", url)
            #expect(first.ending == .exit(0), "\(first.stderr)")
            let expected = [
                "BTC/USDT 3 2026-01-03T23:00:00.000000Z", "OLD/USDT 6 2020-06-01T00:00:00.000000Z",
                "USDT/EUR 0.85 2026-01-04T00:00:00.000000Z",
            ]
            #expect(try answers(first) == expected.map { "appended " + $0 })
            let missing = "has no close of BNB/USDT or USDT/BNB at or before 2026-01-04T00:00:00.000000Z"
            #expect(first.stderr.contains(missing), "\(first.stderr)")
            #expect(try answers(observe("2026-01-03", url)) == expected.map { "duplicate " + $0 })

            let events = try ledger.events("--type", "price.observed")
            #expect(events.map { $0["price"]?.text } == ["3", "6", "0.85"])
            #expect(events.first?["reason"]?.text == "close of the 1h candle in price_data, binance")
            let positions = try ledger.run("positions", "--symbol", "BTC/USDT")
            #expect(positions.stdout.contains(#""mark":"3","marked_at":"2026-01-03T23:00:00.000000Z""#))
            #expect(try ledger.run("replicate", "--once", "--database", url).ending == .exit(0))
            #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
        }
    }

    @Test func `records a close again if it was corrected, and takes only the venue and timeframe asked for`() throws {
        let server = try #require(TestServer.all.first)
        try withCandles(server) { url in
            let daily = try observe("2026-01-03", url, "--timeframe", "1d")
            let ofKraken = "appended BTC/USDT 5 2026-01-03T00:00:00.000000Z"
            #expect(try answers(daily) == [ofKraken, "appended USDT/EUR 0.85 2026-01-04T00:00:00.000000Z"])
            #expect(daily.stderr.contains("has no close of OLD/USDT"))
            let kraken = try observe("2026-01-03", url, "--venue", "kraken")
            #expect(try answers(kraken) == [ofKraken.replacing("appended", with: "duplicate")])
            try load(Self.candles.replacing("1d,1,9,1,5,1", with: "1d,1,9,1,5.5,1"), url)
            let corrected = try observe("2026-01-03", url, "--venue", "kraken")
            #expect(try answers(corrected) == ["appended BTC/USDT 5.5 2026-01-03T00:00:00.000000Z"])
        }
    }

    @Test func `leaves out closes that no price can be, and records nothing if there is none`() throws {
        let server = try #require(TestServer.all.first)
        try withCandles(server) { url in
            try load(
                """
                symbol,timestamp,timeframe,open,high,low,close,volume
                BTC/USDT,2026-01-05T00:00:00Z,1d,0,1,-1,-0.5,1
                """,
                url
            )
            let outcome = try observe("2026-01-05", url, "--venue", "")
            #expect(outcome.ending == .exit(0) && outcome.stdout.isEmpty)
            #expect(outcome.stderr.contains("the last close of BTC/USDT is -0.5, and price.observed takes only prices"))
            #expect(outcome.stderr.contains("there is no price to record"))
        }
    }

    @Test func `has a process append the prices that has the ledger open`() throws {
        let server = try #require(TestServer.all.first)
        try withCandles(server) { url in
            let writer = try ledger.start(["append"])
            try writer.write(EventText.opened("t-4") + "\n")
            _ = try writer.readLine()
            let outcome = try observe("2026-01-03", url)
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            #expect(outcome.lines.allSatisfy { $0.contains(#""status":"appended""#) } && !outcome.lines.isEmpty)
            let again = try observe("2026-01-03", url)
            #expect(again.lines == outcome.lines.map { $0.replacing("appended", with: "duplicate") })
            writer.closeInput()
            #expect(try writer.finish().ending == .exit(0))
        }
    }
}

import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `prices load` {
    private let ledger = CommandLedger(empty: ())

    /// Candles as ccxt returns them.
    private static let ofCCXT = """
        [[1767225600000, 100.1, 101, 99.5, 100.5, 12.25],
         [1767229200000, 100.5, 1.02e2, "100.4", 101.000000000000000001, 0]]

        """
    private static let ofSeries = ["--symbol", "BTC/USDT", "--timeframe", "1h"]

    /// A load of a text, from a file beside the directory of the ledger.
    private func load(_ text: String, _ more: [String], _ url: String) throws -> ChildProcess.Outcome {
        let path = try ledger.file("candles", text)
        return try ledger.start(["prices", "load", path, "--database", url] + more, input: .bytes([])).finish()
    }

    private func rows(_ url: String, _ sql: String = "SELECT * FROM price_data ORDER BY 1, 2, 3, 4") throws -> [String]
    {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute("SET TimeZone TO 'UTC'")
        let result = try connection.query(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row: row, column: $0) ?? "NULL" }.joined(separator: "|")
        }
    }

    private static func counts(
        _ inserted: Int,
        _ updated: Int,
        _ unchanged: Int,
        unfinished: Int = 0,
        broken: Int = 0
    ) -> [String] {
        let rows = inserted + updated + unchanged
        return [
            #"{"rows":\#(rows),"inserted":\#(inserted),"updated":\#(updated),"unchanged":\#(unchanged),"#
                + #""unfinished":\#(unfinished),"broken":\#(broken)}"#
        ]
    }

    @Test(arguments: TestServer.all)
    func `reads ccxt's array exactly, and changes nothing the second time`(server: TestServer) throws {
        try server.withMigratedDatabase { (url) throws in
            let options = Self.ofSeries + ["--venue", "binance"]
            let first = try load(Self.ofCCXT, options, url)
            #expect(first.ending == .exit(0) && first.lines == Self.counts(2, 0, 0), "\(first.stderr)")
            let expected = [
                "BTC/USDT|binance|2026-01-01 00:00:00+00|1h|100.1|101|99.5|100.5|12.25",
                "BTC/USDT|binance|2026-01-01 01:00:00+00|1h|100.5|102|100.4|101.000000000000000001|0",
            ]
            #expect(try rows(url) == expected)
            #expect(try load(Self.ofCCXT, options, url).lines == Self.counts(0, 0, 2))
            #expect(try rows(url) == expected)
        }
    }

    @Test(arguments: TestServer.all)
    func `replaces a candle with other values, and adds the ones after it`(server: TestServer) throws {
        try server.withMigratedDatabase { (url) throws in
            #expect(try load(Self.ofCCXT, Self.ofSeries, url).lines == Self.counts(2, 0, 0))
            let later = """
                timestamp,open,high,low,close,volume
                1767225600000,100.10,101,99.5,100.5,12.250
                1767229200000,100.5,103,100.4,102.5,7
                1767232800000,102.5,103,100.4,102.5,1
                1767232800000,102.5,103,100.4,102.6,2
                """
            #expect(try load(later, Self.ofSeries, url).lines == Self.counts(1, 2, 1))
            #expect(
                try rows(url, "SELECT close, volume FROM price_data ORDER BY timestamp") == [
                    "100.5|12.25", "102.5|7", "102.6|2",
                ]
            )
        }
    }

    @Test(arguments: TestServer.all)
    func `leaves out candles whose period has not ended, where that can be known`(server: TestServer) throws {
        try server.withMigratedDatabase { (url) throws in
            // For each timeframe, how long before now the periods of two candles began: the first one has ended.
            let periods = [
                ("45s", "46 seconds", "1 second"), ("15m", "16 minutes", "14 minutes"), ("2h", "3 hours", "1 hour"),
                ("1d", "25 hours", "23 hours"), ("1w", "8 days", "6 days"), ("1M", "32 days", "27 days"),
            ]
            let candles = try periods.flatMap { timeframe, ended, running in
                try rows(url, "SELECT now() - age FROM unnest('{\(ended),\(running)}'::interval[]) AS age").map {
                    "A/B,\($0):00,\(timeframe),1,2,1,2,3"
                }
            }
            let header = ["symbol,timestamp,timeframe,open,high,low,close,volume"]
            let others = ["A/B,2300-01-01T00:00:00Z,ticks,1,2,1,2,3", "A/B,2300-01-01T00:00:00Z,1m,1,2,1,2,3"]
            let text = (header + candles + others).joined(separator: "\n")
            let outcome = try load(text, [], url)
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            #expect(outcome.lines == Self.counts(7, 0, 0, unfinished: 7))
            let loaded = try rows(url, "SELECT timeframe FROM price_data ORDER BY timestamp DESC")
            #expect(loaded == ["ticks", "45s", "15m", "2h", "1d", "1w", "1M"])
        }
    }

    /// Files that say the same in different forms.
    private static let sameCandles: [(text: String, options: [String])] = [
        ("date,open,high,low,close,volume\n2026-01-01 00:00:00+00:00,1,2,1,2,3\n", ofSeries),
        ("1767225600000,1,2,1,2,3", ofSeries),
        ("timestamp,open,high,low,close,volume,note\r\n2026-01-01T01:00:00+01:00,1,2,1,2,3,x\r\n", ofSeries),
        ("\u{FEFF}\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\n\"1767225600000\",1,2,1,2,\"3\"", ofSeries),
        ("volume,close,low,high,open,timestamp,symbol,timeframe\n3,2,1,2,1,1767225600000,\"BTC/USDT\",1h", []),
        ("\u{FEFF}[\n[\n1767225600000\n,1,2,1,2,3]]", ofSeries),
    ]

    @Test func `reads freqtrade's CSV, ccxt's, the table's own columns in any order, and other line ends`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { (url) throws in
            for (index, (text, options)) in Self.sameCandles.enumerated() {
                let outcome = try load(text, options, url)
                #expect(
                    outcome.lines == (index == 0 ? Self.counts(1, 0, 0) : Self.counts(0, 0, 1)),
                    "\(outcome.stderr)"
                )
            }
            #expect(try rows(url) == ["BTC/USDT||2026-01-01 00:00:00+00|1h|1|2|1|2|3"])
        }
    }

    @Test(arguments: TestServer.all)
    func `names each broken line, loads the others, and ends with 65`(server: TestServer) throws {
        try server.withMigratedDatabase { (url) throws in
            let text = """
                symbol,timestamp,timeframe,open,high,low,close,volume
                A/B,2026-01-01T00:00:00Z,1h,1,2,1,2,3
                A/B,2026-01-01T01:00:00Z,1h,1,2,1,2.5,3
                A/B,2026-01-01T02:00:00,1h,1,2,1,2,3
                A/B,1767232800,1h,1,2,1,2,3
                A/B,2026-01-01T04:00:00Z,1h,1,2,1,2,-3
                A/B,2026-01-01T05:00:00Z,1h,1,2,1,NaN,3
                A/B,2026-01-01T06:00:00Z,1h,1,2
                ,2026-01-01T07:00:00Z,1h,1,2,1,2,3
                "A/B,2026-01-01T08:00:00Z,1h,1,2,1,2,3
                A/B,999999999999,1h,1,2,1,2,3
                "A ""B"" C",2026-01-01T10:00:00Z,1h,-37.63,-37,-40.32,-38,3
                """
            let outcome = try load(text, [], url)
            #expect(outcome.ending == .exit(65) && outcome.lines == Self.counts(2, 0, 0, broken: 9))
            let file = ledger.directory.path + "/candles"
            let problems = [
                "3: close 2.5 is above high 2", "4: timestamp \"2026-01-01T02:00:00\" lacks its offset from UTC",
                "5: timestamp \"1767232800\" is too small for milliseconds since 1970; as seconds it would be 2026",
                "6: volume -3 is negative", "7: close \"NaN\" is not a decimal", "8: 5 fields, not 8",
                "9: symbol has 0 bytes, but must have 1 to 128", "10: the quotes of field 1 do not end",
                "11: timestamp \"999999999999\" is too small for milliseconds since 1970",
            ]
            #expect(outcome.messages.count == problems.count)
            for (message, problem) in zip(outcome.messages, problems) {
                #expect(message.hasPrefix("tradeledger: warning: \(file):\(problem)"), "\(message)")
            }
            #expect(try rows(url, "SELECT symbol FROM price_data ORDER BY 1") == ["A \"B\" C", "A/B"])
        }
    }

    @Test func `finds a broken candle of one long line by its number, and names ten of many`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { (url) throws in
            let file = "tradeledger: warning: \(ledger.directory.path)/candles"
            let one = try load("[[1767225600000,1,2,1,2,3],[1767229200000,1,2,1,3,3]]", Self.ofSeries, url)
            #expect(one.ending == .exit(65) && one.lines == Self.counts(1, 0, 0, broken: 1))
            #expect(one.messages == ["\(file): candle 2: close 3 is above high 2"])

            let candles = [String](repeating: "[1767225600000,1,2,1,3,3]", count: 25)
            let many = try load("[" + candles.joined(separator: ","), Self.ofSeries, url)
            #expect(many.ending == .exit(65) && many.lines == Self.counts(0, 0, 0, broken: 26))
            let named = (1...10).map { "\(file): candle \($0): close 3 is above high 2" }
            let rest = "after candle 25: the file ends before the array does; nothing after it was read"
            #expect(many.messages == named + ["\(file): \(rest)", "\(file): broken candles not named here: 15"])
        }
    }

    @Test func `takes times of any year since 1970 if they are not numbers, and a date for its first moment`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { (url) throws in
            let text = """
                date,open,high,low,close,volume
                1970-01-02,1,2,1,2,3
                1999-12-31T23:00:00-01:00,1,2,1,2,3
                2026-01-31,1,2,1,2,3
                "2026-02-01",1,2,1,2,3
                2026-02-30,1,2,1,2,3
                """
            let outcome = try load(text, Self.ofSeries, url)
            #expect(outcome.ending == .exit(65) && outcome.lines == Self.counts(4, 0, 0, broken: 1))
            #expect(outcome.stderr.contains("candles:6: timestamp \"2026-02-30\" is not a time such as"))
            let days = ["1970-01-02", "2000-01-01", "2026-01-31", "2026-02-01"]
            let times = try rows(url, "SELECT timestamp FROM price_data ORDER BY 1")
            #expect(times == days.map { $0 + " 00:00:00+00" })
        }
    }

    /// Files without a candle, the status, and a part of the message.
    private static let refused: [(text: String, options: [String], status: Int32, words: String)] = [
        ("", ofSeries, 65, "is empty"), ("{\"a\":1}", ofSeries, 65, "is a JSON object, not an array"),
        ("SQLite format 3\0", ofSeries, 65, "is a SQLite database, not a CSV"),
        ("a\u{0}b", ofSeries, 65, "is binary data, not a CSV"),
        ("time,open\n1,2\n", ofSeries, 65, "there is no timestamp; nothing was loaded"),
        ("date,open,high,low,close,close\n", ofSeries, 65, "two columns are called close"),
        ("1767225600000,1,2,1,2,3", ["--symbol", "A/B"], 64, "has no column timeframe: give it"),
        ("[]", ["--timeframe", "1h"], 64, "has no column symbol: give it"),
        ("date,open,high,low,close,volume,venue\n", ofSeries + ["--venue", "x"], 64, "leave --venue out"),
        ("[[1767225600000,1,2,1,2,3]", ofSeries, 65, "the file ends before the array does"),
        ("[[1767225600000,1,2,1,2,3] [", ofSeries, 65, "expected ',' or ']' after a candle; nothing after it was"),
        ("[1767225600000,1,2,1,2,3]", ofSeries, 65, "expected an array of candles"),
    ]

    @Test func `says what is wrong with a file that is not one of candles, or with the options`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { (url) throws in
            for (text, options, status, words) in Self.refused {
                let outcome = try load(text, options, url)
                #expect(outcome.ending == .exit(status) && outcome.messages.count == 1, "\(text): \(outcome.stderr)")
                #expect(outcome.stderr.contains(words), "\(outcome.stderr)")
            }
            let directory = try ledger.run("prices", "load", ledger.directory.path, "--database", url)
            #expect(directory.ending == .exit(74) && directory.stderr.contains("Is a directory"))
            #expect(try ledger.run("prices", "load", "/no/such", "--database", url).ending == .exit(66))
            #expect(try load("date,open,high,low,close,volume\n", Self.ofSeries, url).lines == Self.counts(0, 0, 0))
        }
    }

    @Test func `reads a file of many batches and one long line, cut anywhere, with a candle for each`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { (url) throws in
            let candles = (0..<45_000).map { "[\(1_767_225_600_000 + $0 * 60_000),1,2,1,2,\($0)]" }
            let text = "[" + candles.joined(separator: ",") + "]"
            #expect(try load(text, Self.ofSeries, url).lines == Self.counts(45_000, 0, 0))
            #expect(try rows(url, "SELECT count(*), sum(volume) FROM price_data") == ["45000|1012477500"])
            #expect(try load(text, Self.ofSeries, url).lines == Self.counts(0, 0, 45_000))
        }
    }

    @Test(arguments: TestServer.all)
    func `adds up candles of one timeframe by hour and by day`(server: TestServer) throws {
        try server.withMigratedDatabase { (url) throws in
            let candles = (0..<48).map { "[\(1_767_225_600_000 + $0 * 1_800_000),\($0),\($0 + 2),\($0),\($0 + 1),2]" }
            let halfHours = ["--symbol", "A/B", "--timeframe", "30m"]
            #expect(try load("[\(candles.joined(separator: ","))]", halfHours, url).ending == .exit(0))
            let day = "[[1767225600000,500,600,400,550,7]]"
            #expect(try load(day, ["--symbol", "A/B", "--timeframe", "1d"], url).ending == .exit(0))
            #expect(
                try rows(url, "SELECT * FROM price_data_daily ORDER BY timeframe") == [
                    "A/B||1d|2026-01-01 00:00:00+00|500|600|400|550|7",
                    "A/B||30m|2026-01-01 00:00:00+00|0|49|0|48|96",
                ]
            )
            let hours = "SELECT * FROM price_data_hourly WHERE timeframe = '30m' ORDER BY bucket LIMIT 2"
            #expect(
                try rows(url, hours) == [
                    "A/B||30m|2026-01-01 00:00:00+00|0|3|0|2|4", "A/B||30m|2026-01-01 01:00:00+00|2|5|2|4|4",
                ]
            )
        }
    }

    private static let timescaleDB = TestServer.all.first { $0.kind == .timescaledb }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `computes aggregates of old candles again, merges into columns, and warns of the retention`() throws {
        let server = try #require(Self.timescaleDB)
        try server.withMigratedDatabase { (url) throws in
            let isDue = """
                SELECT next_start <= now() FROM timescaledb_information.jobs
                WHERE hypertable_name IN ('price_data_hourly', 'price_data_daily')
                """
            #expect(try rows(url, isDue) == ["f", "f"])
            let old = "[[1577836800000,1,2,1,2,3],[1577840400000,1,2,1,2,3]]"
            let outcome = try load(old, Self.ofSeries, url)
            #expect(outcome.lines == Self.counts(2, 0, 0) && outcome.messages.count == 1)
            #expect(outcome.stderr.contains("older than 365 days, and the retention of price_data will drop them"))
            #expect(try rows(url, isDue) == ["t", "t"])

            #expect(try ledger.run("migrate", "--price-retention", "never", "--database", url).ending == .exit(0))
            _ = try rows(url, "SELECT compress_chunk(chunk) FROM show_chunks('price_data') AS chunk")
            let corrected = "[[1577836800000,1,2,1,2,3],[1577840400000,1,2,1,1.5,3],[1577844000000,1,2,1,2,3]]"
            let merged = try load(corrected, Self.ofSeries, url)
            #expect(merged.lines == Self.counts(1, 1, 1) && merged.messages.isEmpty, "\(merged.stderr)")
            #expect(try rows(url, "SELECT close FROM price_data ORDER BY timestamp") == ["2", "1.5", "2"])
        }
    }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `loads series in columns again beside others, and decompresses only what a changed candle needs`() throws {
        let server = try #require(Self.timescaleDB)
        try server.withMigratedDatabase { (url) throws in
            // Twelve series of 10,000 candles: more than TimescaleDB decompresses in a transaction as it is.
            _ = try rows(
                url,
                """
                INSERT INTO price_data
                SELECT 'S' || number, '', timestamptz '2026-01-01' + minute * INTERVAL '1 minute', '1m', 1, 2, 1, 2,
                    minute
                FROM generate_series(1, 12) AS number, generate_series(0, 9999) AS minute
                """
            )
            _ = try rows(url, "SELECT compress_chunk(chunk) FROM show_chunks('price_data') AS chunk")
            let chunk = try rows(url, "SELECT show_chunks('price_data')")[0]
            let decompressed = "SELECT count(*), count(DISTINCT symbol) FROM ONLY \(chunk)"
            let candles = (0..<10_000).map { "[\(1_767_225_600_000 + $0 * 60_000),1,2,1,2,\($0)]" }
            let again = "[" + candles.joined(separator: ",") + "]"
            for symbol in ["S3", "S12"] {
                let outcome = try load(again, ["--symbol", symbol, "--timeframe", "1m"], url)
                #expect(outcome.lines == Self.counts(0, 0, 10_000), "\(outcome.stderr)")
            }
            #expect(try rows(url, decompressed) == ["0|0"])
            let corrected = again.replacing(",5000]", with: ",5000.5]")
            let outcome = try load(corrected, ["--symbol", "S3", "--timeframe", "1m"], url)
            #expect(outcome.lines == Self.counts(0, 1, 9_999), "\(outcome.stderr)")
            #expect(try rows(url, decompressed) == ["1000|1"])
            #expect(try rows(url, "SELECT symbol FROM price_data WHERE volume = 5000.5") == ["S3"])
        }
    }

    @Test(arguments: TestServer.all)
    func `works for a ledger_writer and not for a ledger_reader, and verify does not mind`(server: TestServer) throws {
        try server.withReplicatedLedger { replicated, url in
            let name = TestServer.databaseName(in: url)
            for (role, status) in [("ledger_writer", 0), ("ledger_reader", 78)] as [(String, Int32)] {
                _ = try rows(url, "CREATE ROLE prices_\(name) LOGIN IN ROLE \(role)")
                defer { #expect(throws: Never.self) { _ = try rows(url, "DROP ROLE prices_\(name)") } }
                let login = url.replacing("user=postgres", with: "user=prices_\(name)")
                let outcome = try load(Self.ofCCXT, Self.ofSeries, login)
                #expect(outcome.ending == .exit(status), "\(outcome.stderr)")
                #expect(try rows(login, "SELECT count(*) FROM price_data") == ["2"])
            }
            let verify = try replicated.run("verify", "--database", url)
            #expect(verify.ending == .exit(0), "\(verify.stdout)")
        }
    }

    @Test(arguments: TestServer.all)
    func `gets its table beside one of that name that somebody else made, once that is renamed`(
        server: TestServer
    ) throws {
        try server.withDatabase { url in
            _ = try rows(url, "CREATE TABLE public.price_data (id integer, \"timestamp\" timestamptz, close numeric)")
            let refused = try ledger.run("migrate", "--database", url)
            #expect(refused.ending == .exit(78))
            #expect(refused.stderr.contains("public.price_data already exists and is not the table that migrate"))
            #expect(refused.stderr.contains("rename it or move it to another schema"))
            _ = try rows(url, "ALTER TABLE public.price_data RENAME TO old_price_data")
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            #expect(try load(Self.ofCCXT, Self.ofSeries, url).lines == Self.counts(2, 0, 0))
        }
    }

    @Test func `needs a database with the schema`() throws {
        let path = try ledger.file("candles", Self.ofCCXT)
        let words = ["prices", "load", path] + Self.ofSeries
        #expect(try ledger.start(words, input: .bytes([])).finish().ending == .exit(78))
        let server = try #require(TestServer.all.first)
        try server.withDatabase { url in
            let outcome = try ledger.start(words + ["--database", url], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(78) && outcome.stderr.contains("run `tradeledger migrate`"))
        }
    }
}

internal import TradeModel

/// The candles per second that `tradeledger prices load` loads into an empty table, and again into the filled one.
///
/// The limit is psql's `\copy` of the same file into the same table. A candle counts as an event.
enum PriceLoads {
    static let questions = Question.ofEachKind(
        "prices",
        "1,000,000 candles of a CSV into price_data",
        [Metric(name: "rate", unit: .eventsPerSecond)],
        .limit,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let count = setting.count(full: 1_000_000, quick: 20_000)
        let file = try setting.scratch.directory("candles") + "/candles.csv"
        try writeFile(file, csv(count))
        let server = try setting.servers.start(kind, setting)

        let copy = Contender(name: "psql, \\copy") { _ in
            try server.withEmptyDatabase(kind, setting) { database in
                let copy = "\\copy price_data FROM '\(file)' (FORMAT csv, HEADER)"
                let command = ["/usr/bin/psql", "-qX", database.url, "-c", copy]
                return [try candlesPerSecond(count, in: database, command)]
            }
        }
        let first = Contender.ledger { _ in
            try server.withEmptyDatabase(kind, setting) { database in
                [try candlesPerSecond(count, in: database, load(file, database, setting))]
            }
        }
        let again = Contender.ledger(", the same file again") { _ in
            try server.withEmptyDatabase(kind, setting) { database in
                try ChildProgram.run(load(file, database, setting))
                try database.settle()
                return [try candlesPerSecond(count, in: database, load(file, database, setting))]
            }
        }
        return [copy, first, again]
    }

    private static func load(_ file: String, _ database: TradeDatabase, _ setting: Setting) -> [String] {
        let options = ["--quiet", "--log-level", "error", "--database", database.url]
        return [setting.programPath, "prices", "load", file] + options
    }

    /// Runs a command, after which the table has this many candles.
    private static func candlesPerSecond(
        _ count: Int,
        in database: TradeDatabase,
        _ command: [String]
    ) throws -> Double {
        let watch = Stopwatch()
        try ChildProgram.run(command)
        let seconds = watch.seconds
        guard try database.connection().rows("SELECT count(*) FROM price_data") == [["\(count)"]] else {
            throw Failure("not all candles were stored")
        }
        return Double(count) / seconds
    }

    /// Candles of one minute of one symbol, with the columns in the order of the table.
    private static func csv(_ count: Int) -> [UInt8] {
        var text = Array("symbol,venue,timestamp,timeframe,open,high,low,close,volume\n".utf8)
        let start: Int64 = 1_704_067_200_000_000
        var random = SystemRandomNumberGenerator()
        var close = 4_200_000
        for index in 0..<count {
            let open = close
            close = max(1_000_000, open + Int.random(in: -5000...5000, using: &random))
            let high = max(open, close) + Int.random(in: 0...2000, using: &random)
            let low = min(open, close) - Int.random(in: 0...2000, using: &random)
            let time = Timestamp(microsecondsSince1970: start + Int64(index) * 60_000_000)
            let prices = [open, high, low, close].map { "\($0 / 100).\($0 / 10 % 10)\($0 % 10)" }.joined(separator: ",")
            text += Array("BTC/USDT,binance,\(time),1m,\(prices),\(Int.random(in: 1...99_999, using: &random))\n".utf8)
        }
        return text
    }
}

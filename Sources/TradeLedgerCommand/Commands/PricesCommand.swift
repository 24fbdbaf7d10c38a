internal import Ledger
internal import Replication

/// `prices`: loads candles into the database, and records closing prices in the ledger.
enum PricesCommand {
    static let command = Command(
        name: "prices",
        operands: "load [FILE]",
        summary: "loads candles into the database",
        help: """
            prices load FILE loads candles into the table price_data: from the JSON array that ccxt returns and
            freqtrade stores, or from a CSV. A CSV has a header with the columns timestamp (or date), open, high, low,
            close and volume in any order, and may have symbol, venue and timeframe; without a header it has the first
            six in this order. A time is RFC 3339 or milliseconds since 1970. --symbol, --venue and --timeframe give
            what the file has no column for.

            A second load of the same file changes nothing. A candle that is in the table with other values is replaced:
            it was loaded before its period had ended. Each broken line is named on stderr, and the others are loaded;
            the exit status is then 65. It needs no ledger.

            example: tradeledger prices load BTC_USDT-1h.json --symbol BTC/USDT --venue binance --timeframe 1h
            """,
        options: [
            Option("--symbol", "S", "the symbol of a file that has no such column"),
            Option("--venue", "V", "the exchange of a file that has no such column (default: none)"),
            Option("--timeframe", "T", "the timeframe of a file that has no such column, such as 1h"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        switch arguments.operands[0] {
        case "load": try load(arguments, settings)
        case let other: throw Failure(.usage, "prices takes load, not \(other)")
        }
    }

    private static func load(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.operands.count == 2 else { throw Failure(.usage, "prices load takes a FILE") }
        let file = try CandleFile(path: arguments.operands[1], SeriesOptions(arguments))
        var load = try CandleLoad(try settings.database())
        var progress = ProgressBar("prices load", total: UInt64(file.byteCount), isQuiet: settings.isQuiet)
        var brokenCount = 0
        try file.read { line, result in
            switch result {
            case .success(let candle): try load.add(candle)
            case .failure(let fault):
                brokenCount += 1
                progress.finish()
                settings.log.say(.warning, "\(file.name):\(line): \(fault.message)")
            }
        } onProgress: {
            progress.update(UInt64($0))
        }
        progress.finish()
        if let days = try load.finish() {
            settings.log.say(
                .warning,
                "some of these candles are older than \(days) days, and the retention of price_data will drop them "
                    + "within a day; `tradeledger migrate --price-retention never` keeps them"
            )
        }
        let counts = load.counts
        try RecordPrinter.print(
            [
                ("rows", Cell(counts.rows)), ("inserted", Cell(counts.inserted)), ("updated", Cell(counts.updated)),
                ("unchanged", Cell(counts.unchanged)), ("broken", Cell(brokenCount)),
            ],
            settings
        )
        return brokenCount > 0 ? .dataRejected : .done
    }
}

internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// `prices`: loads candles into the database, and records their closes in the ledger.
enum PricesCommand {
    static let command = Command(
        name: "prices",
        operands: "load|observe [FILE]",
        summary: "loads candles into the database, and records closing prices in the ledger",
        help: """
            prices load FILE loads candles into the table price_data: from the JSON array that ccxt returns and
            freqtrade stores, or from a CSV. A CSV has a header with the columns timestamp (or date), open, high, low,
            close and volume in any order, and may have symbol, venue and timeframe; without a header it has the first
            six in this order. A time is RFC 3339, a date for its first moment in UTC, or milliseconds since 1970.
            --symbol, --venue and --timeframe give what the file has no column for.

            A second load of the same file changes nothing. A candle that is in the table with other values is replaced.
            A candle whose period has not ended is left out and counted as unfinished: a load after its end adds it.
            Broken candles are left out: stderr names the first ten and counts the others, and the exit status is 65.
            prices load needs no ledger.

            prices observe --close-of DAY appends a price.observed event for each symbol that the open positions and the
            balances of the ledger need: the last close in price_data at or before the end of DAY in UTC, at the moment
            of that close. A symbol that has none is named on stderr. A second run appends nothing and prints
            duplicates. If another process has the ledger open, the exit status is 75.

            example: tradeledger prices load BTC_USDT-1h.json --symbol BTC/USDT --venue binance --timeframe 1h

            example: tradeledger prices observe --close-of 2026-01-31
            """,
        options: [
            Option("--symbol", "S", "load: the symbol of a file that has no such column"),
            Option(
                "--venue",
                "V",
                "load: the exchange of a file that has no such column; observe: use only candles of this exchange"
            ),
            Option(
                "--timeframe",
                "T",
                "load: the timeframe, such as 1h, of a file that has no such column; observe: use only candles of this "
                    + "timeframe"
            ),
            Option("--close-of", "DAY", "observe: the day, such as 2026-01-31, which must have ended"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let fileCount = arguments.operands.count - 1
        switch arguments.operands[0] {
        case "load":
            guard fileCount == 1 else { throw Failure(.usage, "prices load takes a FILE") }
            guard !arguments.has("--close-of") else { throw Failure(.usage, "prices load takes no --close-of") }
            return try load(arguments, settings)
        case "observe":
            guard fileCount == 0 else { throw Failure(.usage, "prices observe takes no FILE") }
            guard !arguments.has("--symbol") else { throw Failure(.usage, "prices observe takes no --symbol") }
            return try observe(arguments, settings)
        case let other: throw Failure(.usage, "prices takes load or observe, not \(other)")
        }
    }

    /// So many broken candles are named one by one.
    private static let namedCountMax = 10

    private static func load(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let file = try CandleFile(path: arguments.operands[1], SeriesOptions(arguments))
        var load = try CandleLoad(try settings.database())
        var progress = ProgressBar("prices load", total: UInt64(file.byteCount), .bytes, isQuiet: settings.isQuiet)
        var brokenCount = 0
        var namedCount = 0
        try file.read { place, result in
            switch result {
            case .success(let candle): try load.add(candle)
            case .failure(let fault):
                brokenCount += 1
                guard brokenCount <= namedCountMax || place.isRest else { return }
                namedCount += 1
                progress.finish()
                settings.log.say(.warning, "\(file.name)\(place): \(fault.message)")
            }
        } onProgress: {
            progress.update(UInt64($0))
        }
        progress.finish()
        if brokenCount > namedCount {
            settings.log.say(.warning, "\(file.name): broken candles not named here: \(brokenCount - namedCount)")
        }
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
                ("unchanged", Cell(counts.unchanged)), ("unfinished", Cell(counts.unfinished)),
                ("broken", Cell(brokenCount)),
            ],
            settings
        )
        return brokenCount > 0 ? .dataRejected : .done
    }

    private static func observe(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let end = try endOfDay(arguments)
        let reader = try settings.reader()
        let (books, openTrades) = try BooksReplay(reader).books()
        let needed = books.neededPrices(openTrades)
        let closes = try ClosingPrice.last(
            of: needed.flatMap { $0 },
            upTo: end,
            venue: arguments["--venue"],
            timeframe: arguments["--timeframe"],
            try settings.database()
        )
        var observations: [ByteText: PriceObservation] = [:]
        for symbols in needed {
            guard let symbol = symbols.first(where: { closes[$0] != nil }), let close = closes[symbol] else {
                let names = symbols.map(\.text).joined(separator: " or ")
                settings.log.say(.warning, "price_data has no close of \(names) at or before \(end)")
                continue
            }
            guard let observation = PriceObservation(symbol, close, reader.ledgerID) else {
                settings.log.say(
                    .warning,
                    "the last close of \(symbol.text) is \(close.price), and price.observed takes only prices above 0"
                )
                continue
            }
            observations[symbol] = observation
        }
        return try append(observations.values.sorted { $0.symbol < $1.symbol }, settings)
    }

    /// The end of the day that an option names, in UTC.
    private static func endOfDay(_ arguments: CommandLineArguments) throws(Failure) -> Timestamp {
        guard let text = arguments["--close-of"] else {
            throw Failure(.usage, "prices observe needs --close-of DAY, such as --close-of 2026-01-31")
        }
        guard !text.contains(where: { $0 == "T" || $0 == ":" }), let day = Timestamp(argument: text) else {
            throw Failure(.usage, "--close-of takes a day such as 2026-01-31, not \(text)")
        }
        let end = Timestamp(microsecondsSince1970: day.microsecondsSince1970 + 86_400_000_000)
        guard end <= LedgerClock.system.now() else {
            throw Failure(.usage, "--close-of \(text) names a day that has not ended in UTC")
        }
        return end
    }

    /// Appends the events, or has the process append them that has the ledger open, and prints what became of each.
    private static func append(_ observations: [PriceObservation], _ settings: Settings) throws -> ExitStatus {
        guard !observations.isEmpty else {
            settings.log.say(.info, "there is no price to record")
            return .done
        }
        let append = RequestedAppend(settings)
        var printer = RecordPrinter(settings)
        var status = ExitStatus.done
        for observation in observations {
            let answer: Record
            switch try append.answer(to: observation.line, stays: false, settings) {
            case .success(let (receiptStatus, sequence)):
                answer = [
                    ("status", .text(receiptStatus.rawValue)), ("sequence", Cell(sequence)),
                    ("event_id", .text(observation.eventID.description)),
                ]
            case .failure(let rejection):
                status = rejection.code == .diskFull ? .inputOutput : .dataRejected
                settings.log.say(.warning, "\(observation.symbol.text): \(rejection.message)")
                answer = [("status", .text("rejected")), ("sequence", .null), ("event_id", .null)]
            }
            try printer.print(
                answer + [
                    ("symbol", .text(observation.symbol.text)), ("price", .decimal(observation.price)),
                    ("occurred_at", .time(observation.time)),
                ]
            )
        }
        try printer.finish()
        return status
    }
}

/// An event that says what the last close of a symbol was.
private struct PriceObservation {
    let symbol: ByteText
    let price: Decimal
    let time: Timestamp
    let eventID: EventID
    /// The event as a line of JSON.
    let line: [UInt8]

    /// The event for a ledger; nil where the close is not a price that an event can have.
    ///
    /// Its id follows from the ledger and from all that the event says. So the same close gives the same event, and a
    /// close that was corrected gives another one.
    init?(_ symbol: ByteText, _ close: ClosingPrice, _ ledgerID: EventID) {
        do throws(DecimalError) { price = try Decimal(close.price) } catch { return nil }
        guard price.isPositive else { return nil }
        self.symbol = symbol
        time = close.time
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value("price.observed")
        json.key("symbol")
        json.value(utf8: symbol.bytes)
        json.key("occurred_at")
        json.value(time)
        json.key("price")
        json.value(price)
        json.key("reason")
        json.value(
            "close of the \(close.timeframe) candle in price_data" + (close.venue.isEmpty ? "" : ", \(close.venue)")
        )
        var ledger: [UInt8] = []
        ledgerID.append(to: &ledger)
        let digest = SHA256.digest(of: ledger.span, json.bytes.span)
        eventID = EventID(version8: digest.span)
        json.key("event_id")
        json.value(eventID)
        json.endObject()
        line = json.bytes
    }
}

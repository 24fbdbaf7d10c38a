internal import Ledger
internal import Records
internal import Replay
internal import Statistics
internal import TradeModel

/// `performance`: the figures of closed trades and of equity, from the log alone.
enum PerformanceCommand {
    static let command = Command(
        name: "performance",
        summary: "shows how the trades did: figures by currency, or by a group",
        help: """
            performance counts trades that were closed in a period; a voided trade never counts. Each figure comes with
            the number of trades or days that it rests on, and each figure that is missing with the reason.
            docs/statistics.md has the formulas. The period is from --since to just before --until, by the time of the
            close; without them it is from the first open or flow to the last close.

            Returns need capital: what account.deposited and account.withdrawn record, or --capital. Currencies are
            added up only with --base, at the last price.observed at or before each close. --diff-as-of lists the trades
            closed by then whose P&L or status has changed since.

            example: tradeledger performance --by month --capital 10000
            """,
        options: [
            Option(
                "--ledger",
                "DIR",
                "a ledger's directory; give it several times to count all their trades together",
                isRepeatable: true
            ),
            Option("--by", "GROUP", "one set for each " + Grouping.allCases.map(\.rawValue).joined(separator: ", ")),
            Option("--since", "T", "only trades closed at this time or later"),
            Option("--until", "T", "only trades closed before this time"),
            Option("--closed-since", "T", "the same as --since"),
            Option("--closed-until", "T", "the same as --until"),
            Option("--base", "CURRENCY", "convert all amounts into this currency"),
            Option("--capital", "AMOUNT", "the capital at the beginning, instead of the flows on record"),
            Option("--marked", nil, "count open trades in equity at the prices on record at the end of each day"),
            Option("--convention", "NAME", "the formulas: textbook (the default) or freqtrade"),
            Option("--diff-as-of", "T", "list the trades closed by then that later events have corrected"),
            Option("--as-of", "T", "the figures as they were known at this time by the ledger's clock"),
            Option("--as-of-sequence", "N", "the figures as they were known after this event"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let query = try query(arguments, hasPage: settings.format == .table)
        let moment = try arguments.moment(time: "--as-of", sequence: "--as-of-sequence")
        let readers = try readers(arguments, settings)
        let replay = PerformanceReplay(readers, asOf: moment)
        if let earlier = try arguments.time("--diff-as-of") {
            try CorrectionList.print(replay, since: earlier, query, settings, arguments)
            return .done
        }
        let total = try replay.eventCount()
        let (figures, tables, positions) = try settings.withProgress("performance", total: total) { report in
            var done: UInt64 = 0
            return try replay.figures(query) {
                done += 1
                report(done)
            }
        }
        let ledgers = LedgerPositions.json(positions)
        let rows = figures.map { PerformanceRow($0, ledgers: ledgers) }
        if settings.format == .table, !settings.isExact {
            let page = PerformancePage(
                rows,
                tables,
                query,
                positions,
                columnCount: Settings.columnCount,
                isWide: settings.isWide,
                Palette()
            )
            try Pager.show(page.lines)
        } else {
            try printRecords(rows, query, settings)
        }
        return .done
    }

    private static func printRecords(_ rows: [PerformanceRow], _ query: PerformanceQuery, _ settings: Settings) throws {
        let records = rows.map { Record($0, query) }
        guard settings.format != .table else {
            for record in records { try RecordPrinter.printTall(record, heading: "figure", settings) }
            return
        }
        var printer = RecordPrinter(settings)
        for record in records { try printer.print(record) }
        try printer.finish()
    }

    private static func query(_ arguments: CommandLineArguments, hasPage: Bool) throws(Failure) -> PerformanceQuery {
        let since = try bound(arguments, "--since")
        let until = try bound(arguments, "--until")
        if let since, let until, until <= since { throw Failure(.usage, "--until must be after --since") }
        let grouping = try arguments.choice("--by", among: Grouping.allCases)
        // The amounts of these tables are not converted.
        let hasTables = hasPage && grouping == nil && !arguments.has("--base")
        return PerformanceQuery(
            by: grouping,
            tables: hasTables ? PerformancePage.groupings : [],
            since: since,
            until: until,
            base: try base(arguments),
            capital: try capital(arguments),
            isMarked: arguments.has("--marked"),
            convention: try arguments.choice("--convention", among: PerformanceQuery.Convention.allCases) ?? .textbook
        )
    }

    /// A time that has two names, of which one may be given.
    private static func bound(_ arguments: CommandLineArguments, _ name: String) throws(Failure) -> Timestamp? {
        let other = "--closed-" + name.dropFirst("--".count)
        guard !arguments.has(name) || !arguments.has(other) else {
            throw Failure(.usage, "\(name) and \(other) are the same; give one of them")
        }
        if let time = try arguments.time(name) { return time }
        return try arguments.time(other)
    }

    private static func base(_ arguments: CommandLineArguments) throws(Failure) -> String? {
        guard arguments["--base"] != "" else { throw Failure(.usage, "--base takes a currency such as USDT") }
        return arguments["--base"]
    }

    private static func capital(_ arguments: CommandLineArguments) throws(Failure) -> Decimal? {
        guard let text = arguments["--capital"] else { return nil }
        let failure = Failure(.usage, "--capital takes an amount above 0, not \(text)")
        do throws(DecimalError) {
            let capital = try Decimal(text)
            guard capital.isPositive else { throw .notANumber }
            return capital
        } catch { throw failure }
    }

    private static func readers(_ arguments: CommandLineArguments, _ settings: Settings) throws -> [LedgerReader] {
        let directories = arguments.all("--ledger").isEmpty ? [settings.ledgerDirectory] : arguments.all("--ledger")
        guard directories.count <= PerformanceFold.ledgerCountMax else {
            throw Failure(.usage, "--ledger can be given \(PerformanceFold.ledgerCountMax) times at most")
        }
        var known: [EventID: String] = [:]
        return try directories.map { directory in
            let reader = try LedgerReader(opening: directory)
            if let other = known.updateValue(directory, forKey: reader.ledgerID) {
                throw Failure(
                    .usage,
                    "\(other) and \(directory) are the same ledger, whose trades would count twice; give it once"
                )
            }
            return reader
        }
    }
}

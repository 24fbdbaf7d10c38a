internal import Ledger

/// `import`: imports existing history once, however often it is run.
enum ImportCommand {
    static let command = Command(
        name: "import",
        operands: "journal PATH",
        summary: "imports existing history once, however often it is run",
        help: """
            PATH is the JSON journal of a trading bot: a directory with index.json and one file for each trade, which is
            named YYYYmmdd_HHMMSS_<trade_id>.json. For journal, the command appends trade.opened for each record, and
            trade.closed for each record that is closed, in the order of time. A second run appends only what is new:
            records that were added, and closes of trades that were open. A market order that entered at price 0 becomes
            an order.submitted and is listed as unpriced, until a later import finds its price.

            It lists every file that it does not import, with the reason, and every file without an entry in the index.
            At the end it compares the trades of the journal with those of the ledger: how many there are, how many are
            open, and their results in each quote currency.

            The exit status is 1 if a trade differs, else 65 if something was not imported for a fault in it, or if
            index.json is missing. SIGINT and SIGTERM end the import between two groups of events; run it again to go
            on.

            --plan prints what would be appended, and changes nothing; another process may have the ledger open.

            example: tradeledger import journal memory/trades --plan
            """,
        options: [Option("--plan", nil, "print what would be appended, and change nothing")],
        run: run
    )

    /// Formats that are planned, and not available.
    private static let plannedFormats = ["freqtrade", "ccxt", "csv"]

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let format = arguments.operands[0]
        guard format == "journal" else {
            let problem = plannedFormats.contains(format) ? "import \(format) is not available yet; " : ""
            throw Failure(.usage, "\(problem)import takes journal, such as import journal memory/trades, not \(format)")
        }
        // The directory is opened first, so that a missing one is reported without opening the ledger.
        let directory = try JournalDirectory(path: arguments.operands[1])
        let table = try JournalTable(in: Settings.temporaryDirectory)
        var journal = JournalImport(directory, table, stop: try StopSignal.install(), settings)
        let reader = try settings.reader()
        let ledger = arguments.has("--plan") ? nil : try open(settings)
        defer { ledger?.close() }
        do { return try journal.run(appendingTo: ledger, reader) } catch is StandardOutput.Closed where ledger != nil {
            throw Failure(
                .inputOutput,
                "stdout was closed, so the report of the import was lost; what was appended is durable: run it again"
            )
        }
    }

    private static func open(_ settings: Settings) throws -> Ledger {
        let log = settings.log
        let ledger = try Ledger(opening: settings.ledgerDirectory) { log.say(.warning, $0) }
        AppendCommand.report(ledger.recovery, log)
        return ledger
    }
}

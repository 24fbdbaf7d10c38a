internal import Ledger
internal import Records
internal import Replay
internal import TradeModel

/// `trades`: folds the log into trades, without a database.
enum TradesCommand {
    static let command = Command(
        name: "trades",
        summary: "lists trades with their figures, from the log alone",
        help: """
            trades lists trades in the order in which they were opened. It also lists voided trades, which count in no
            total. A time is RFC 3339, a date (its first moment in UTC), or epoch milliseconds.

            example: tradeledger trades --open --symbol BTC/USDT
            """,
        options: [
            Option("--open", nil, "only trades that are open"),
            Option("--closed", nil, "only trades that are closed"),
            Option("--voided", nil, "only trades that were voided"),
            Option("--symbol", "S", "only trades on this symbol"),
            Option("--strategy", "S", "only trades of this strategy"),
            Option("--tag", "T", "only trades with this tag"),
            Option("--account", "A", "only trades on this account"),
            Option("--since", "T", "only trades opened at this time or later"),
            Option("--until", "T", "only trades opened before this time"),
            Option("--closed-since", "T", "only trades closed at this time or later"),
            Option("--closed-until", "T", "only trades closed before this time"),
            Option("--limit", "N", "only the first N trades"),
            Option("--last", "N", "only the last N trades"),
            Option("--as-of", "T", "the trades as they were known at this time by the ledger's clock"),
            Option("--as-of-sequence", "N", "the trades as they were known after this event"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let filter = try TradeFilter(arguments)
        let moment = try arguments.moment(time: "--as-of", sequence: "--as-of-sequence")
        let selection = try selection(arguments)
        try TradePrinter.print(try settings.reader(), asOf: moment, selection, settings, where: filter.includes)
        return .done
    }

    private static func selection(_ arguments: CommandLineArguments) throws(Failure) -> TradePrinter.Selection {
        switch (try arguments.number("--limit"), try arguments.number("--last")) {
        case (nil, nil): .all
        case (let count?, nil): .first(Int(clamping: count))
        case (nil, let count?): .last(Int(clamping: count))
        case (.some, .some): throw Failure(.usage, "--limit and --last cannot be combined")
        }
    }
}

extension TradeFilter {
    /// The conditions that the options of `trades` ask for.
    fileprivate init(_ arguments: CommandLineArguments) throws(Failure) {
        let states: [(option: String, status: Trade.Status)] = [
            ("--open", .open), ("--closed", .closed), ("--voided", .voided),
        ]
        let asked = states.filter { arguments.has($0.option) }
        guard asked.count <= 1 else { throw Failure(.usage, "--open, --closed and --voided cannot be combined") }
        self.init(
            status: asked.first?.status,
            symbol: arguments["--symbol"],
            strategy: arguments["--strategy"],
            tag: arguments["--tag"],
            account: arguments["--account"],
            opened: try TimeRange(arguments, since: "--since", until: "--until"),
            closed: try TimeRange(arguments, since: "--closed-since", until: "--closed-until")
        )
    }
}

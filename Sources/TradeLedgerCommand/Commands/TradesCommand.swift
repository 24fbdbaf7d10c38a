internal import Projections
internal import TradeModel

/// `trades`: folds the log into trades; no database needed.
enum TradesCommand {
    static let command = Command(
        name: "trades",
        operands: "",
        summary: "lists trades with their figures, from the log alone",
        help: """
            Trades come in the order in which they were opened; a time is RFC 3339, a
            date alone (its first moment in UTC) or epoch milliseconds. Voided trades are listed too, and count nowhere
            else.

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
            Option("--limit", "N", "the first N trades at most"),
            Option("--last", "N", "the last N trades at most"),
            Option("--as-of", "T", "as they were known at this time, by the ledger's clock"),
            Option("--as-of-sequence", "N", "as they were known after this event"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "trades takes no operands; see trade ID") }
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
        case (.some, .some): throw Failure(.usage, "--limit and --last exclude each other")
        }
    }
}

/// Which trades a listing shows.
private struct TradeFilter {
    private let status: Trade.Status?
    private let symbol: String?
    private let strategy: String?
    private let tag: String?
    private let account: String?
    private let opened: TimeRange
    private let closed: TimeRange

    init(_ arguments: CommandLineArguments) throws(Failure) {
        let states: [(option: String, status: Trade.Status)] = [
            ("--open", .open), ("--closed", .closed), ("--voided", .voided),
        ]
        let asked = states.filter { arguments.has($0.option) }
        guard asked.count <= 1 else { throw Failure(.usage, "--open, --closed and --voided exclude each other") }
        status = asked.first?.status
        symbol = arguments["--symbol"]
        strategy = arguments["--strategy"]
        tag = arguments["--tag"]
        account = arguments["--account"]
        opened = try TimeRange(arguments, since: "--since", until: "--until")
        closed = try TimeRange(arguments, since: "--closed-since", until: "--closed-until")
    }

    func includes(_ history: TradeHistory) -> Bool {
        let trade = history.trade
        return (status == nil || trade.status == status) && (symbol == nil || history.symbol == symbol)
            && (strategy == nil || history.strategy == strategy) && (tag == nil || history.tag == tag)
            && (account == nil || history.account == account) && opened.includes(trade.openedAt)
            && closed.includes(trade.closedAt)
    }
}

/// The times from one on and before another, as two options give them.
private struct TimeRange {
    private let since: Timestamp?
    private let until: Timestamp?

    init(_ arguments: CommandLineArguments, since: String, until: String) throws(Failure) {
        self.since = try arguments.time(since)
        self.until = try arguments.time(until)
    }

    /// Whether the range has a time; a time that is absent is only in a range without bounds.
    func includes(_ time: Timestamp?) -> Bool {
        guard let time else { return since == nil && until == nil }
        return since.map { time >= $0 } ?? true && until.map { time < $0 } ?? true
    }
}

internal import Projections
internal import TradeModel

/// `trades`: folds the log into trades; no database needed.
enum TradesCommand {
    static let command = Command(
        name: "trades",
        operands: "",
        summary: "lists trades with their figures, from the log alone",
        help: """
            Trades come in the order in which they were opened; times are RFC 3339 or epoch milliseconds.

            example: tradeledger trades --open --symbol BTC/USDT
            """,
        options: [
            Option("--open", nil, "only trades that are open"),
            Option("--closed", nil, "only trades that are closed"),
            Option("--symbol", "S", "only trades on this symbol"),
            Option("--strategy", "S", "only trades of this strategy"),
            Option("--since", "T", "only trades opened at this time or later"),
            Option("--until", "T", "only trades opened before this time"),
            Option("--limit", "N", "so many trades at most"),
            Option("--as-of", "T", "as they were known at this time, by the ledger's clock"),
            Option("--as-of-sequence", "N", "as they were known after this event"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "trades takes no operands; see trade ID") }
        let filter = try TradeFilter(arguments)
        let moment = try arguments.moment(time: "--as-of", sequence: "--as-of-sequence")
        let limit = try arguments.number("--limit").map { Int(clamping: $0) } ?? .max
        try TradeRecord.print(try settings.reader(), asOf: moment, limit: limit, settings, where: filter.includes)
        return .done
    }
}

/// Which trades a listing shows.
private struct TradeFilter {
    private let status: Trade.Status?
    private let symbol: String?
    private let strategy: String?
    private let since: Timestamp?
    private let until: Timestamp?

    init(_ arguments: CommandLineArguments) throws(Failure) {
        switch (arguments.has("--open"), arguments.has("--closed")) {
        case (true, true): throw Failure(.usage, "--open and --closed exclude each other")
        case (true, false): status = .open
        case (false, true): status = .closed
        case (false, false): status = nil
        }
        symbol = arguments["--symbol"]
        strategy = arguments["--strategy"]
        since = try arguments.time("--since")
        until = try arguments.time("--until")
    }

    func includes(_ history: TradeHistory) -> Bool {
        let trade = history.trade
        return (status == nil || trade.status == status) && (symbol == nil || history.symbol == symbol)
            && (strategy == nil || history.strategy == strategy) && since.map { trade.openedAt >= $0 } ?? true
            && until.map { trade.openedAt < $0 } ?? true
    }
}

internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// `orders`, `positions`, `balances`, `portfolios` and `halts`: fold the log, without a database.
enum BooksCommands {
    static let all = [
        OrdersCommand.command, PositionsCommand.command, BalancesCommand.command, PortfoliosCommand.command,
        HaltsCommand.command,
    ]
}

/// `orders`: what was intended, and what became of it.
private enum OrdersCommand {
    static let command = Command(
        name: "orders",
        summary: "lists orders with what was filled of them, from the log alone",
        help: """
            orders lists orders in the order in which they began. Those in the example may be live at the venue: ask
            for them after a crash.

            example: tradeledger orders --status \(OrderStatus.live.joined(separator: ","))
            """,
        options: [
            Option("--status", "S", "only orders of this status, or of one of several, separated by commas"),
            Option("--symbol", "S", "only orders on this symbol"),
            Option("--strategy", "S", "only orders of this strategy"),
            Option("--account", "A", "only orders on this account"),
            Option("--venue", "V", "only orders at this venue"),
            Option("--trade", "ID", "only orders for this trade"),
            Option("--decision", "ID", "only orders for this decision"),
            Option("--since", "T", "only orders submitted at this time or later"),
            Option("--until", "T", "only orders submitted before this time"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let asked = arguments["--status"].map { $0.split(separator: ",").map(String.init) }
        for status in asked ?? [] {
            try CommandLineArguments.check(status, of: "--status", isOneOf: OrderStatus.all)
        }
        let submitted = try TimeRange(arguments, since: "--since", until: "--until")
        let rows = try BookListing.books(arguments, settings).books.orders.rows
        return try BookListing.print(
            "orders",
            rows.filter { submitted.includes($0.submittedAt) },
            OrderRow.columns,
            where: [
                ("status", asked), ("symbol", arguments.value("--symbol")), ("strategy", arguments.value("--strategy")),
                ("account", arguments.value("--account")), ("venue", arguments.value("--venue")),
                ("trade_id", arguments.value("--trade")), ("decision_id", arguments.value("--decision")),
            ],
            settings
        )
    }
}

/// `positions`: the open trades, added up.
private enum PositionsCommand {
    static let command = Command(
        name: "positions",
        summary: "lists open positions at the last prices on record, from the log alone",
        help: """
            positions adds up the open trades of each account, venue, symbol, side and quote currency. The mark is the
            last price.observed of the symbol.

            example: tradeledger positions --account main
            """,
        options: [
            Option("--symbol", "S", "only positions in this symbol"),
            Option("--account", "A", "only positions of this account"),
            Option("--venue", "V", "only positions at this venue"),
            Option("--side", "SIDE", "only positions of this side, buy or sell"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        try BookListing.print(
            "positions",
            try BookListing.books(arguments, settings).books.positionRows,
            PositionRow.columns,
            where: [
                ("symbol", arguments.value("--symbol")), ("account", arguments.value("--account")),
                ("venue", arguments.value("--venue")), ("side", arguments.value("--side")),
            ],
            totalBy: "quote",
            settings
        )
    }
}

/// `balances`: what must be at the venue, to the last digit.
private enum BalancesCommand {
    static let command = Command(
        name: "balances",
        summary: "lists what must be on each account, and what the venue reported, from the log alone",
        help: """
            balances adds up deposits, withdrawals, transfers, adjustments, trades and fees of each account and
            currency. The difference is the balance that the venue reported last, less the amount at that event.

            example: tradeledger balances --account main
            """,
        options: [
            Option("--account", "A", "only balances of this account"),
            Option("--currency", "CUR", "only balances in this currency"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        try BookListing.print(
            "balances",
            try BookListing.books(arguments, settings).books.balances.rows,
            BalanceRow.columns,
            where: [("account", arguments.value("--account")), ("currency", arguments.value("--currency"))],
            settings
        )
    }
}

/// `portfolios`: each account in one currency.
private enum PortfoliosCommand {
    static let command = Command(
        name: "portfolios",
        summary: "values each account in its base currency at the last prices, from the log alone",
        help: """
            portfolios values each account in the currency of its first flow, or in --base. The rate of a currency is
            the last price.observed of CURRENCY/BASE, else 1 / that of BASE/CURRENCY. What has no price is named in
            unpriced, and the sums that need it are null.

            example: tradeledger portfolios --base USDT
            """,
        options: [
            Option("--account", "A", "only the portfolio of this account"),
            Option("--base", "CUR", "the currency in which every account is valued"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let (books, openTrades) = try BookListing.books(arguments, settings)
        return try BookListing.print(
            "portfolios",
            books.portfolioRows(openTrades, base: arguments["--base"].map { ByteText($0) }),
            PortfolioRow.columns,
            where: [("account", arguments.value("--account"))],
            totalBy: "base",
            settings
        )
    }
}

/// `halts`: every halt, and which are in force.
private enum HaltsCommand {
    static let command = Command(
        name: "halts",
        summary: "lists halts, from the log alone",
        help: """
            halts lists every halt in the order in which they began.

            example: tradeledger halts --active
            """,
        options: [
            Option("--active", nil, "only halts that are in force"),
            Option("--scope", "SCOPE", "only halts of this scope, such as symbol:BTC/USDT"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let rows = try BookListing.books(arguments, settings).books.halts.rows
        return try BookListing.print(
            "halts",
            arguments.has("--active") ? rows.filter { $0.ending == nil } : rows,
            HaltRow.columns,
            where: [("scope", arguments.value("--scope"))],
            settings
        )
    }
}

internal import Ledger
internal import Projections
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

/// The conditions under which `trades` lists a trade.
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
        guard asked.count <= 1 else { throw Failure(.usage, "--open, --closed and --voided cannot be combined") }
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

/// `trade ID`: explains one trade, event by event.
enum TradeCommand {
    static let command = Command(
        name: "trade",
        operands: "ID",
        summary: "explains one trade: each event, and the state after it",
        help: """
            On a terminal, trade shows each event with the context of its decision and the figures after it, then the
            orders that its events name, and what they cost. As JSON, it prints one object for each event: the event
            that the producer sent, and the state of the trade after it; and one for each order.

            example: tradeledger trade t-1
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let id = arguments.operands[0]
        let reader = try settings.reader()
        let timeline = try TradeReplay(reader).timeline(of: id)
        guard !timeline.isEmpty else {
            throw Failure(.noInput, "there is no trade \(id) in \(settings.ledgerDirectory)")
        }
        var printer = RecordPrinter(settings.format)
        for (event, trade) in timeline {
            switch settings.format {
            case .json:
                try printer.print([
                    ("event", .json(event.json(reader.ledgerID))), ("trade", .json(TradePrinter.record(trade).json)),
                ])
            case .csv: try printer.print(figures(event, trade))
            case .table: try explain(event, trade, &printer)
            }
        }
        if settings.format != .csv {
            for order in try orders(of: timeline.map(\.event), reader) { try printOrder(order, settings, &printer) }
        }
        try printer.finish()
        return .done
    }

    /// The orders that the events of a trade name, in the order in which these began.
    private static func orders(of events: [Event], _ reader: LedgerReader) throws(LedgerError) -> [OrderRow] {
        let ids = Set(events.compactMap { event in event.body.textBytes(.orderID).map { ByteText($0) } })
        return ids.isEmpty ? [] : try BooksReplay(reader).books().books.orders.rows.filter { ids.contains($0.id) }
    }

    private static func printOrder(_ order: OrderRow, _ settings: Settings, _ printer: inout RecordPrinter) throws {
        let record: Record = OrderRow.columns.map { ($0.name, Cell($0.value(order))) }
        guard settings.format == .table else { return try printer.print([("order", .json(record.json))]) }
        let names = [
            "status", "side", "order_type", "amount", "quote_amount", "price", "filled_amount", "average_price", "fees",
            "anomaly",
        ]
        let known = record.filter { names.contains($0.name) && !$0.cell.plain.isEmpty }
        let said = known.map { "\($0.name) \($0.cell.plain)" }
        try printer.print(text: "order \(order.id.text)")
        try printer.print(text: "    \(said.joined(separator: ", "))")
    }

    private static func figures(_ event: Event, _ history: TradeHistory) -> Record {
        [
            ("sequence", Cell(event.sequence)), ("occurred_at", .time(event.body.occurredAt)),
            ("type", .text(event.body.type.name)), ("event_amount", Cell(event.body.decimal(.amount))),
            ("event_price", Cell(event.body.decimal(.price))),
        ] + TradePrinter.record(history)
    }

    private static func explain(_ event: Event, _ history: TradeHistory, _ printer: inout RecordPrinter) throws {
        let body = event.body
        try printer.print(text: "#\(event.sequence)  \(body.occurredAt)  \(body.type.name)")
        let said = Field.all.filter { $0 != .context && $0 != body.type.subject }.compactMap { field in
            body.printed(field).map { "\(field.name) \($0)" }
        }
        try printer.print(text: "    said     \(said.joined(separator: ", "))")
        if let context = body.text(.context) { try printer.print(text: "    context  \(context)") }
        let trade = history.trade
        let exitPrice = trade.figures.exitPrice.map { ", exit \($0)" } ?? ""
        try printer.print(
            text: "    then     \(trade.status.rawValue), open \(trade.openAmount) of \(trade.entryAmount), "
                + "entry \(trade.figures.entryPrice)\(exitPrice)"
        )
        try printer.print(
            text: "             P&L \(trade.figures.realizedPnL) \(trade.quote) (\(trade.figures.pnlPercent) %), "
                + "fees \(trade.fees)\(trade.isFeesIncomplete ? " and more in other currencies" : "")"
                + ", adjustments \(trade.adjustments)"
        )
    }
}

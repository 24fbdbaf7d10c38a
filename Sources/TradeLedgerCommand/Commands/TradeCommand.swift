internal import Ledger
internal import Projections
internal import Replay
internal import TradeModel

/// `trade ID`: explains one trade, event by event.
enum TradeCommand {
    static let command = Command(
        name: "trade",
        operands: "ID",
        summary: "explains one trade: each event, and the state after it",
        help: """
            For people: each event with the figures after it and the context of the decision. As JSON: one object for
            each event, with the event as it was sent and the trade after it.

            example: tradeledger trade t-1
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 1 else { throw Failure(.usage, "trade takes one trade id") }
        let id = arguments.positional[0]
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
                    ("event", .json(json(event, reader))), ("trade", .json(TradePrinter.record(trade).json)),
                ])
            case .csv: try printer.print(figures(event, trade))
            case .table: try explain(event, trade, &printer)
            }
        }
        try printer.finish()
        return .done
    }

    private static func json(_ event: Event, _ reader: LedgerReader) -> [UInt8] {
        var line: [UInt8] = []
        EventJSON.write(event, ledgerID: reader.ledgerID, into: &line)
        return line.dropLast()
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
            text: "    then     \(trade.status.rawValue), open \(trade.openAmount) of \(trade.entry.amount), "
                + "entry \(trade.figures.entryPrice)\(exitPrice)"
        )
        try printer.print(
            text: "             P&L \(trade.figures.realizedPnL) \(trade.quote) (\(trade.figures.pnlPercent) %), "
                + "fees \(trade.fees)\(trade.isFeesIncomplete ? " and more in other currencies" : "")"
                + ", adjustments \(trade.adjustments)"
        )
    }
}

internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// `trade ID`: the story of one trade.
enum TradeCommand {
    static let command = Command(
        name: "trade",
        operands: "ID",
        summary: "tells the story of one trade, event by event",
        help: """
            On a terminal, trade shows the trade's figures, then each event of its story: what was predicted and
            decided, who voted how, the orders, the fills with their effect on the position, and corrections with their
            actor. The story has the events of the trade, of orders and decisions that name the trade or that it names,
            and of the predictions for these decisions. As JSON, it prints one object for each event: the event that
            the producer sent, and the trade after it, or the order, decision or prediction after the whole story. As
            CSV, it prints the events of the trade alone.

            example: tradeledger trade t-1
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let id = arguments.operands[0]
        let reader = try settings.reader()
        var printer = RecordPrinter(settings)
        switch settings.format {
        case .csv:
            let timeline = try TradeReplay(reader).timeline(of: id)
            guard !timeline.isEmpty else { throw noTrade(id, settings) }
            for (event, trade) in timeline { try printer.print(figures(event, trade)) }
        case .json:
            for entry in try story(of: id, reader, settings).entries {
                try printer.print([("event", .json(entry.event.json(reader.ledgerID))), subject(entry.subject)])
            }
        case .table:
            let page = StoryPage(try story(of: id, reader, settings), columnCount: Settings.columnCount)
            for line in page.lines { printer.print(text: line) }
        }
        try printer.finish()
        return .done
    }

    private static func story(of id: String, _ reader: LedgerReader, _ settings: Settings) throws -> TradeStory {
        guard let story = try TradeReplay(reader).story(of: id) else { throw noTrade(id, settings) }
        return story
    }

    private static func noTrade(_ id: String, _ settings: Settings) -> Failure {
        Failure(.noInput, "there is no trade \(id) in \(settings.ledgerDirectory)")
    }

    /// What an event is about, as JSON.
    private static func subject(_ subject: TradeStory.Subject) -> (name: String, cell: Cell) {
        switch subject {
        case .trade(let trade): ("trade", .json(TradePrinter.record(trade).json))
        case .order(let row): ("order", json(row, OrderRow.columns))
        case .decision(let row): ("decision", json(row, DecisionRow.columns))
        case .prediction(let row): ("prediction", json(row, PredictionRow.columns))
        }
    }

    private static func json<Row>(_ row: Row, _ columns: [Column<Row>]) -> Cell {
        .json(Record(row, columns.filter(\.isPrinted)).json)
    }

    private static func figures(_ event: Event, _ history: TradeHistory) -> Record {
        [
            ("sequence", Cell(event.sequence)), ("occurred_at", .time(event.body.occurredAt)),
            ("type", .text(event.body.type.name)), ("event_amount", Cell(event.body.decimal(.amount))),
            ("event_price", Cell(event.body.decimal(.price))),
        ] + TradePrinter.record(history)
    }
}

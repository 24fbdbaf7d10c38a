internal import Ledger
internal import TradeModel

/// `events`: prints the events of the log.
enum EventsCommand {
    static let command = Command(
        name: "events",
        operands: "",
        summary: "prints events as they were sent",
        help: """
            Prints the durable events in order, beside a writer or without one. What it prints can be appended to
            another ledger.

            example: tradeledger events --trade t-1 --type trade.closed
            """,
        options: [
            Option("--from", "N", "from this sequence on"),
            Option("--to", "N", "up to this sequence"),
            Option("--trade", "ID", "only events of this trade"),
            Option("--type", "TYPE", "only events of this type, such as trade.closed"),
            Option("--follow", nil, "go on with new events as they come, until stopped"),
        ],
        run: run
    )

    /// The columns of a table of events.
    static let tableColumns = [
        "sequence", "occurred_at", "type", "trade_id", "symbol", "side", "amount", "price", "fee_cost", "reason",
    ]

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "events takes no operands; see --help") }
        let type = try arguments["--type"].map { (name) throws(Failure) in
            guard let type = EventType(name: name) else { throw Failure(.usage, "there is no event type \(name)") }
            return type
        }
        let (from, to) = (try arguments.number("--from") ?? 1, try arguments.number("--to"))
        guard from > 0 else { throw Failure(.usage, "--from begins at 1") }
        let trade = arguments["--trade"]
        let reader = try settings.reader()
        // A table is printed only at the end, so an endless stream is printed as lines.
        let format = arguments.has("--follow") && settings.format == .table ? .json : settings.format
        var printer = RecordPrinter(format, tableColumns: tableColumns)
        func print(_ event: Event) throws {
            guard type == nil || event.body.type == type else { return }
            try format == .json ? printer.print(json: event, reader.ledgerID) : printer.print(record(event))
        }
        var first = from
        if let trade {
            let durable = try reader.durableSequence()
            for event in try reader.events(ofTrade: trade, to: min(durable, to ?? .max)) where event.sequence >= from {
                try print(event)
            }
            first = max(from, durable + 1)
        }
        var stream = try reader.events(from: first, to: to)
        func printNew() throws {
            while let event = try stream.next() {
                if trade.map({ event.isAbout(trade: $0) }) ?? true { try print(event) }
            }
        }
        if trade == nil { try printNew() }
        if arguments.has("--follow") {
            try follow(reader, settings) { durable in
                stream.extend(to: min(durable, to ?? .max))
                try printNew()
                try printer.flush()
                return to.map { durable < $0 } ?? true
            }
        }
        try printer.finish()
        return .done
    }

    /// Calls `step` with the durable sequence now and whenever it grows, until it returns false or a signal arrives.
    private static func follow(
        _ reader: LedgerReader,
        _ settings: Settings,
        _ step: (UInt64) throws -> Bool
    ) throws {
        let stop = try StopSignal.install()
        let watch = try LedgerWatch(settings.ledgerDirectory)
        let stopped = Poll(stop)
        while try step(reader.durableSequence()), !stopped.isReadable {
            try watch.wait(wake: stop)
        }
    }

    /// An event as a table or CSV record.
    static func record(_ event: Event) -> Record {
        var record: Record = [
            ("sequence", Cell(event.sequence)), ("recorded_at", .time(event.recordedAt)),
            ("event_id", .text(event.eventID.description)), ("type", .text(event.body.type.name)),
            ("trade_id", Cell(event.body.printed(.tradeID))), ("occurred_at", .time(event.body.occurredAt)),
        ]
        for field in Field.all where field != .tradeID {
            let cell = field.form == .decimal ? Cell(event.body.decimal(field)) : Cell(event.body.printed(field))
            record.append((field.name, cell))
        }
        return record
    }
}

extension Event {
    /// Whether it is an event of a trade.
    fileprivate func isAbout(trade id: String) -> Bool {
        body.type.isAboutTrade && id.utf8.elementsEqual(body.subjectBytes)
    }
}

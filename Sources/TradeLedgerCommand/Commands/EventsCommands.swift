internal import Glibc
internal import Ledger
internal import Projections
internal import Records
internal import TradeModel

/// `events`: prints the events of the log.
enum EventsCommand {
    static let command = Command(
        name: "events",
        summary: "prints events as they were sent",
        help: """
            events prints the durable events in order, also while a writer is active. append accepts its output, for
            example to copy events to another ledger.

            example: tradeledger events --trade t-1 --type trade.closed
            """,
        options: [
            Option("--from", "N", "only events from this sequence on"),
            Option("--to", "N", "only events up to this sequence"),
            Option("--trade", "ID", "only events of this trade"),
            Option("--subject", "ID", "only events about this id, of whatever family: an order, an account, a symbol"),
            Option("--family", "F", "only events of this family, such as order"),
            Option("--type", "TYPE", "only events of this type, such as trade.closed"),
            Option("--follow", nil, "also print new events as they arrive, until stopped"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let filter = try EventFilter(arguments)
        let (from, to) = (try arguments.number("--from") ?? 1, try arguments.number("--to"))
        guard from > 0 else { throw Failure(.usage, "--from takes a sequence, and sequences begin at 1") }
        let trade = arguments["--trade"]
        let reader = try settings.reader()
        // A table is printed only at the end, so an endless stream is printed as lines.
        let format = arguments.has("--follow") && settings.format == .table ? .json : settings.format
        var printer = RecordPrinter(settings, Listing.events, format: format)
        func print(_ event: Event) throws {
            if filter.includes(event.body) { try printer.print(event, reader.ledgerID) }
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
        // Lines on the terminal would be printed into the bar.
        let isHidden = settings.isQuiet || arguments.has("--follow") || format != .table && isatty(STDOUT_FILENO) == 1
        let end = min(try reader.durableSequence(), to ?? .max)
        var progress = ProgressBar("events", total: end < from ? 0 : end - from + 1, isQuiet: isHidden)
        defer { progress.finish() }
        func printNew() throws {
            while let event = try stream.next() {
                progress.update(event.sequence - from + 1)
                try print(event)
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
        while try step(reader.durableSequence()), !InputFile.isReadable(stop) {
            try watch.wait(wake: stop)
        }
    }
}

extension EventFilter {
    /// The conditions that the options of `events` ask for.
    fileprivate init(_ arguments: CommandLineArguments) throws(Failure) {
        let type = try arguments["--type"].map { (name) throws(Failure) in
            guard let type = EventType(name: name) else {
                let advice = Suggestion.text(for: name, among: EventType.all.map(\.name)).map { "; " + $0 } ?? ""
                throw Failure(.usage, "there is no event type \(name)\(advice)")
            }
            return type
        }
        let family = try arguments.choice("--family", of: EventFamily.all.map(\.name))
        self.init(type: type, family: family, subject: arguments["--subject"], trade: arguments["--trade"])
    }
}

/// `rejected`: prints the rejected events.
enum RejectedCommand {
    static let command = Command(
        name: "rejected",
        summary: "prints the rejected events, with the reason",
        help: """
            A rejected event is not in the log. But a fill that breaks a rule is still a fill that happened, so the
            ledger keeps its line, the time, and the code and message of the rejection.

            example: tradeledger rejected --format json
            """,
        run: run
    )

    private static let listing = Listing(
        "rejected events",
        ["rejected_at", "code", "message", "line", "line_bytes"],
        looks: [
            "rejected_at": .main, "code": .key, "message": TableLook(.key, .prose), "line": TableLook(.more, .prose),
        ]
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        var printer = RecordPrinter(settings, listing)
        try settings.reader().rejectedEvents { event in
            try printer.print(Record.rejected(event))
        }
        try printer.finish()
        return .done
    }
}

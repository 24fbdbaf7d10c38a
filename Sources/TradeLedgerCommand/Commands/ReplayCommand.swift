internal import Ledger
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// `replay`: replays the history up to any moment.
enum ReplayCommand {
    static let command = Command(
        name: "replay",
        summary: "replays history up to any moment: prints it, or fills a new ledger or a database",
        help: """
            replay folds the events up to a moment, or all events, and prints the trades as `trades` does.

            With --into DIR it writes the events to a new ledger in DIR, which must be empty or missing. That ledger has
            the id, the events and the Merkle root that this ledger had at that moment, and the same files each time.
            Use it for inspection and for tests: appending an event makes it a fork of this ledger.

            With --into URL it writes them to a database that does not have this ledger, with the projections that
            `replicate` maintains. It creates the schema if it is missing, so use the owner of a scratch database, and
            drop the database afterwards.

            example: tradeledger replay --until 2026-01-31T12:00:00Z --into /tmp/january
            """,
        options: [
            Option("--until", "T", "only events that were recorded at this time or before"),
            Option("--until-sequence", "N", "only events up to and including this one"),
            Option("--into", "DIR|URL", "fill this directory or database instead of printing trades"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let moment = try arguments.moment(time: "--until", sequence: "--until-sequence")
        let reader = try settings.reader()
        guard let place = arguments["--into"] else {
            try TradePrinter.print(reader, asOf: moment, .all, settings)
            return .done
        }
        let (report, name) = try settings.withProgress("replay", total: try reader.durableSequence()) { onEvent in
            try replay(reader, moment, into: place, settings, onEvent: onEvent)
        }
        try RecordPrinter.print(
            [
                ("into", .text(name)), ("ledger_id", .text(report.ledgerID.description)),
                ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
            ],
            settings
        )
        return .done
    }

    /// Fills the directory or database, and returns its name without a password.
    private static func replay(
        _ reader: LedgerReader,
        _ moment: Moment,
        into place: String,
        _ settings: Settings,
        onEvent: (UInt64) -> Void
    ) throws -> (RestoreReport, name: String) {
        if try DatabaseURL.isURL(place) {
            let replay = ScratchReplay(reader, try settings.database(at: place))
            let (report, endpoint) = try replay.run(asOf: moment, onEvent: onEvent)
            return (report, endpoint)
        }
        try Directory.make(place, outside: settings.ledgerDirectory)
        return (try LedgerReplay(reader).run(asOf: moment, to: place, onEvent: onEvent), place)
    }
}

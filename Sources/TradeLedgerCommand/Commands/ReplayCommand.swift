internal import Ledger
internal import Replay
internal import Replication
internal import TradeModel

/// `replay`: replays history to any point.
enum ReplayCommand {
    static let command = Command(
        name: "replay",
        operands: "",
        summary: "replays history to any point: prints it, or fills a new ledger or a scratch database",
        help: """
            Folds the events up to a moment, all of them where none is given, and prints the trades as `trades` does.

            With --into DIR the events go into a new ledger in DIR, which is empty or does not exist yet. It has the id,
            the events and the Merkle root that this ledger had at that moment, and the same files each time. It is for
            looking at and for tests: what is appended to it makes it a fork of this one.

            With --into URL they go into a database that does not know this ledger, with the projections as `replicate`
            keeps them. A database without the schema gets it first, so the login must be one that may make schemas:
            the owner of a scratch database, which is dropped when it is no longer needed.

            example: tradeledger replay --until 2026-01-31T12:00:00Z --into /tmp/january
            """,
        options: [
            Option("--until", "T", "the events that the ledger took at this time or before"),
            Option("--until-sequence", "N", "the events up to and including this one"),
            Option("--into", "DIR|URL", "fill this directory or database, instead of printing trades"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else {
            throw Failure(.usage, "replay takes no operands; use --into, see --help")
        }
        let moment = try arguments.moment(time: "--until", sequence: "--until-sequence")
        let reader = try settings.reader()
        guard let place = arguments["--into"] else {
            try TradePrinter.print(reader, asOf: moment, .all, settings)
            return .done
        }
        var progress = ProgressBar("replay", total: try reader.durableSequence(), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let (report, name) = try replay(reader, moment, into: place, settings) { progress.update($0) }
        progress.finish()
        try RecordPrinter.print(
            [
                ("into", .text(name)), ("ledger_id", .text(report.ledgerID.description)),
                ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
            ],
            settings
        )
        return .done
    }

    /// Fills the target; also returns its name, without the password of a database.
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

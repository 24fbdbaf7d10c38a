internal import Ledger
internal import Replication
internal import TradeModel

/// `rebuild`: rebuilds the projections of a ledger from its events.
enum RebuildCommand {
    static let command = Command(
        name: "rebuild",
        operands: "",
        summary: "rebuilds the database's trades and totals from the events",
        help: """
            Folds the log up to where the database is, and replaces the rows of this ledger that differ, in one
            transaction: readers see the old rows until it ends. Its replicator waits meanwhile, other ledgers are not
            touched. Needs no more rights than replicate.

            example: tradeledger rebuild --database postgresql://writer@localhost/trades
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "rebuild takes no operands; use --database") }
        let reader = try settings.reader()
        var progress = ProgressBar("rebuild", total: try reader.durableSequence(), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let outcome = try ProjectionRebuild(reader, try settings.database()).run { progress.update($0) }
        progress.finish()
        try RecordPrinter.print(
            [
                ("ledger_id", .text(reader.ledgerID.description)), ("sequence", Cell(outcome.sequence)),
                ("deleted", .integer(Int64(outcome.deletedCount))),
                ("inserted", .integer(Int64(outcome.insertedCount))),
                ("equal", .integer(Int64(outcome.equalCount))),
                ("projection_version", .integer(Int64(outcome.version))),
            ],
            settings
        )
        return .done
    }
}

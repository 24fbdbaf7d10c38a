internal import Ledger
internal import LedgerService
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// `replicate`: ships events to the database.
enum ReplicateCommand {
    static let command = Command(
        name: "replicate",
        summary: "ships events to the database, each exactly once",
        help: """
            replicate runs until it is stopped. It waits for a database that cannot be reached, and `status` shows what
            it waits for. With --once it stops when the database has all durable events, and does not wait for a
            database. One process at a time replicates a ledger. A second one waits for its turn; with --once it waits
            until the first one has caught up. docs/replication.md says what happens in each outage.

            With --repair it first compares the database with the log, repairs the differences in one transaction,
            prints them, and compares again. It keeps a copy of the events' rows that it replaces or deletes in the
            ledger's directory. No other command repairs a database. This needs the login of the schema's owner. The
            exit status is 1 if the database still differs, or if it has another history or is ahead of the log, which
            --repair does not change.

            example: tradeledger replicate --once --database postgresql://writer@localhost/trades
            """,
        options: [Option("--once", nil, "stop when the database has all durable events"), DatabaseRepairStep.option],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let reader = try settings.reader()
        if arguments.has("--repair") { try DatabaseRepairStep.run(reader, settings) }
        var progress = CatchUpProgress(settings.log, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let replicator = try Replicator(reader, try settings.database(), stop: try StopSignal.install()) { report in
            let line = LogLine(report, of: reader.ledgerID)
            switch report {
            case .shipped(let batch, let durable):
                settings.log.write(line)
                progress.update(batch.lastSequence, of: durable)
            case .connected(_, let sequence):
                progress.begin(at: sequence)
                settings.log.write(line)
            default:
                progress.clear()
                settings.log.write(line)
            }
        }
        try replicator.run(arguments.has("--once") ? .once : .untilStopped)
        return .done
    }
}

/// `rebuild`: rebuilds the projections of a ledger from its events.
enum RebuildCommand {
    static let command = Command(
        name: "rebuild",
        summary: "rebuilds the database's trades and totals from the events",
        help: """
            rebuild folds the log up to the position of the database. In one transaction, it replaces the rows of this
            ledger that differ. Readers see the old rows until the transaction ends. The ledger's replicator waits
            meanwhile; other ledgers do not. rebuild needs the same rights as replicate.

            example: tradeledger rebuild --database postgresql://writer@localhost/trades
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let reader = try settings.reader()
        let outcome = try settings.withProgress("rebuild", total: try reader.durableSequence()) { onProgress in
            try ProjectionRebuild(reader, try settings.database()).run(onProgress: onProgress)
        }
        try RecordPrinter.print(
            [
                ("ledger_id", .text(reader.ledgerID.description)), ("sequence", Cell(outcome.sequence)),
                ("deleted", Cell(outcome.deletedCount)), ("inserted", Cell(outcome.insertedCount)),
                ("equal", Cell(outcome.equalCount)), ("projection_version", Cell(outcome.version)),
            ],
            settings
        )
        return .done
    }
}

/// The first step of `replicate --repair`, which repairs the database and prints what was wrong.
private enum DatabaseRepairStep {
    static let option = Option("--repair", nil, "first repair what was changed in the database, as its owner")

    /// Repairs the database, and prints one record for each way in which rows of a kind differed.
    ///
    /// Throws a failure with the status `difference` if the database still differs from the log.
    static func run(_ reader: LedgerReader, _ settings: Settings) throws {
        let outcome = try settings.withProgress("repair", total: try reader.durableSequence()) { onEvent in
            try DatabaseRepair(reader, try settings.database()).run(onEvent: onEvent)
        }
        var printer = RecordPrinter(settings)
        do {
            for mended in outcome.mended { try printer.print(record(mended, settings.format)) }
            try printer.finish()
        } catch is StandardOutput.Closed {
            settings.log.say(.info, "stdout was closed before every repair was printed")
        }
        if let path = outcome.removedRowsPath {
            settings.log.say(.info, "a copy of the events' rows that were replaced or deleted is in \(path)")
        }
        guard outcome.left.isEmpty else { throw Failure(.difference, problem(outcome)) }
        if outcome.mended.isEmpty { settings.log.say(.info, "there is nothing to repair in the database") }
    }

    /// What is still wrong after the repair, and where to look for the reason.
    private static func problem(_ outcome: DatabaseRepair.Outcome) -> String {
        let problems = outcome.left.map { "\($0.name): \($0.problem ?? "")" }.joined(separator: "; ")
        guard outcome.left.contains(where: { $0.name != "database schema" }) else {
            return "the rows of the database equal the log, but its schema is not the one that migrate creates: "
                + problems
        }
        return "the database was repaired but still differs: \(problems); look for triggers and rules that "
            + "somebody added to the tables of schema ledger"
    }

    private static func record(_ mended: DatabaseRepair.Mended, _ format: OutputFormat) -> Record {
        let difference = mended.difference
        let all: Record = [
            ("rows", .text(mended.rows)), ("kind", .text(difference.kind.rawValue)),
            ("count", Cell(difference.count)),
        ]
        guard format == .json else {
            return all + [
                ("columns", .text(difference.columns.joined(separator: ", "))), ("which", .text(difference.which)),
            ]
        }
        return all + difference.jsonRecord
    }
}

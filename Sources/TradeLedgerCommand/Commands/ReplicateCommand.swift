internal import Ledger
internal import Replication

/// `replicate`: ships events into the database.
enum ReplicateCommand {
    static let command = Command(
        name: "replicate",
        operands: "",
        summary: "ships events into the database, each exactly once",
        help: """
            Runs until it is stopped and waits for a database that cannot be reached; `status` shows what it waits for.
            With --once it ends when everything durable is there, and does not wait for a database. One process
            replicates a ledger at a time: a second one waits for its turn, with --once until the first has done the
            work. docs/replication.md says what happens in each outage.

            With --repair it first compares the database with the log, mends what somebody changed there in one
            transaction, prints what that was, and compares once more; exit status 1 where something is still wrong.
            Rows of events that it replaces or deletes are kept in the ledger's directory. Nothing else mends. That
            takes the login of the schema's owner. A database that proves that it holds another history, or that it is
            ahead of the log, is left alone: exit status 1.

            example: tradeledger replicate --once --database postgresql://writer@localhost/trades
            """,
        options: [Option("--once", nil, "end when the database has everything"), DatabaseRepairOutput.option],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "replicate takes no operands; use --database") }
        let reader = try settings.reader()
        if arguments.has("--repair") { try DatabaseRepairOutput.run(reader, settings) }
        var progress = CatchUpProgress(settings.log, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let replicator = try Replicator(reader, try settings.database(), stop: try StopSignal.install()) { report in
            switch report {
            case .shipped(let last, let durable):
                settings.log.say(.debug, "shipped up to \(last) of \(durable)")
                progress.update(last, of: durable)
            case .connected(_, let sequence):
                progress.begin(at: sequence)
                tell(report, settings.log, reader)
            default:
                progress.clear()
                tell(report, settings.log, reader)
            }
        }
        try replicator.run(arguments.has("--once") ? .once : .untilStopped)
        return .done
    }

    private static func tell(_ report: Replicator.Report, _ log: Log, _ reader: LedgerReader) {
        switch report {
        case .shipped: break
        case .waitingForAnother(let pid):
            let holder = pid.map { "process \($0)" } ?? "another process"
            log.say(.info, "\(holder) replicates this ledger; waiting for it")
        case .connected(let endpoint, let sequence):
            log.say(.info, "connected to \(endpoint), which has \(sequence) events of ledger \(reader.ledgerID)")
        case .promisingLess(let shortfall): log.say(.warning, shortfall)
        case .startedOver(let sequence):
            log.say(
                .warning,
                "THE DATABASE LOST ITS EVENTS: it had \(sequence) of ledger \(reader.ledgerID) and has none; all are "
                    + "shipped again"
            )
        case .retrying(let error, let milliseconds):
            log.say(.debug, "\(error); trying again in \(milliseconds) ms")
        case .failing(let error, let attemptCount, let milliseconds):
            let lasting = "; still so after \(attemptCount) tries in \(CatchUpPace.text(milliseconds: milliseconds))"
            log.say(.warning, "\(error)" + (attemptCount == 1 ? "; trying again until it works" : lasting))
        case .recovered(let attemptCount, let milliseconds):
            let extent = "\(attemptCount) tries in \(CatchUpPace.text(milliseconds: milliseconds))"
            log.say(.info, "replication goes on after \(extent)")
        case .unseen(let error):
            log.say(.warning, "`status` cannot show this replicator, which continues: \(error)")
        }
    }
}

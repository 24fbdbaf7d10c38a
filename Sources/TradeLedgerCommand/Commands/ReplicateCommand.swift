internal import Ledger
internal import Replication

/// `replicate`: ships events into the database.
enum ReplicateCommand {
    static let command = Command(
        name: "replicate",
        operands: "",
        summary: "ships events into the database, each exactly once",
        help: """
            Runs until it is stopped and waits for a database that cannot be reached. With --once it ends when
            everything durable is there, and does not wait for a database.

            With --repair it first compares the database with the log, mends what somebody changed there in one
            transaction, and prints what that was; nothing else does. That takes the login of the schema's owner. A
            database that tells another history, or is ahead of the log, is left alone: exit status 1.

            example: tradeledger replicate --once --database postgresql://writer@localhost/trades
            """,
        options: [Option("--once", nil, "end when the database has everything"), DatabaseRepairOutput.option],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "replicate takes no operands; use --database") }
        let reader = try settings.reader()
        if arguments.has("--repair") { try DatabaseRepairOutput.run(reader, settings) }
        let total = try reader.durableSequence()
        var progress = ProgressBar("replicate", total: total, isQuiet: settings.isQuiet)
        let replicator = try Replicator(reader, try settings.database(), stop: try StopSignal.install()) { report in
            switch report {
            case .connected(let endpoint, let sequence):
                settings.log.say(
                    .info,
                    "connected to \(endpoint), which has \(sequence) events of ledger \(reader.ledgerID)"
                )
            case .shipped(let last, let durable):
                progress.update(last)
                settings.log.say(.debug, "shipped up to \(last) of \(durable)")
                if last == durable { progress.finish() }
            case .retrying(let error, let milliseconds):
                settings.log.say(.warning, "\(error); trying again in \(milliseconds) ms")
            }
        }
        try replicator.run(arguments.has("--once") ? .once : .untilStopped)
        return .done
    }
}

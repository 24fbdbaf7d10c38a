internal import Ledger
internal import TradeModel

/// `restore`: restores a ledger from a backup.
enum RestoreCommand {
    static let command = Command(
        name: "restore",
        operands: "DIR",
        summary: "makes a ledger of a backup, or of what the database holds",
        help: """
            Copies the backup in DIR to the directory that --ledger names, which is empty or does not exist yet, and
            checks every byte and the Merkle root. Until the end that directory is no ledger; a second run starts over.

            With --from-database instead of DIR the log is rebuilt from the rows of the database, bit for bit, and
            checked against every Merkle root that the database has kept; exit status 1 where one of them is not that
            of the rows.

            example: tradeledger restore /mnt/other-disk/ledger-backup --ledger ./ledger
            """,
        options: DatabaseRestoreCommand.options,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let directory = settings.ledgerDirectory
        let report: RestoreReport
        if arguments.has("--from-database") {
            guard arguments.positional.isEmpty else {
                throw Failure(.usage, "restore --from-database takes no directory but --ledger; see --help")
            }
            report = try DatabaseRestoreCommand.run(arguments["--ledger-id"], settings)
        } else {
            guard arguments.positional.count == 1 else {
                throw Failure(.usage, "restore takes one directory; see --help")
            }
            report = try restore(arguments.positional[0], to: directory, settings)
        }
        try RecordPrinter.print(
            [
                ("directory", .text(directory)), ("ledger_id", .text(report.ledgerID.description)),
                ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
            ],
            settings
        )
        settings.log.say(.info, "restored \(report.sequence) events to \(directory), root \(report.root)")
        return .done
    }

    private static func restore(
        _ backup: String,
        to directory: String,
        _ settings: Settings
    ) throws -> RestoreReport {
        let total = try LedgerReader(opening: backup).durableSequence()
        try Directory.make(directory, outside: backup)
        var progress = ProgressBar("restore", total: total, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        return try LedgerRestore(from: backup, to: directory).run { progress.update($0) }
    }
}

internal import Ledger
internal import TradeModel

/// `restore`: makes a ledger of a backup.
enum RestoreCommand {
    static let command = Command(
        name: "restore",
        operands: "DIR",
        summary: "makes a ledger of a backup",
        help: """
            Copies the backup in DIR to the directory that --ledger names, which must not exist or be empty, and checks
            every byte and the Merkle root. Until the end that directory is no ledger; a second run begins anew.

            example: tradeledger restore /mnt/other-disk/ledger-backup --ledger ./ledger
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 1 else { throw Failure(.usage, "restore takes one directory; see --help") }
        let (backup, directory) = (arguments.positional[0], settings.ledgerDirectory)
        let total = try LedgerReader(opening: backup).durableSequence()
        try Directory.make(directory)
        var progress = ProgressBar("restore", total: total, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let report = try LedgerRestore(from: backup, to: directory).run { progress.update($0) }
        progress.finish()
        var printer = RecordPrinter(settings.format)
        try printer.print(
            [
                ("directory", .text(directory)), ("ledger_id", .text(report.ledgerID.description)),
                ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
            ]
        )
        try printer.finish()
        settings.log.say(.info, "restored \(report.sequence) events to \(directory), root \(report.root)")
        return .done
    }
}

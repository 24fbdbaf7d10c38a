internal import Ledger
internal import TradeModel

/// `backup`: copies a ledger while a writer may be active.
enum BackupCommand {
    static let command = Command(
        name: "backup",
        operands: "DIR",
        summary: "copies the ledger into a directory, while appending goes on",
        help: """
            Copies what is durable into DIR, which is made where it is missing; a later run copies only what is new.
            Every file is read back from the disk and checked before it counts. DIR is then a ledger for every command
            that reads; `tradeledger restore` makes one of it that takes events. DIR must not lie in the ledger's own
            directory.

            Exit status 1 where DIR is not an older state of this ledger.

            example: tradeledger backup /mnt/other-disk/ledger-backup
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 1 else { throw Failure(.usage, "backup takes one directory; see --help") }
        let directory = arguments.positional[0]
        let total = try settings.reader().durableSequence()
        try Directory.make(directory, outside: settings.ledgerDirectory)
        var progress = ProgressBar("backup", total: total, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let report = try LedgerBackup(of: settings.ledgerDirectory, in: directory).run { progress.update($0) }
        progress.finish()
        try RecordPrinter.print(
            [
                ("directory", .text(directory)), ("ledger_id", .text(report.ledgerID.description)),
                ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
                ("taken_at", .time(report.takenAt)),
            ] + record("copied", report.copied) + record("present", report.present),
            settings
        )
        return .done
    }

    private static func record(_ name: String, _ extent: BackupReport.Extent) -> Record {
        [
            ("files_\(name)", .integer(Int64(extent.fileCount))),
            ("bytes_\(name)", .integer(Int64(extent.byteCount))),
            ("events_\(name)", Cell(extent.eventCount)),
        ]
    }
}

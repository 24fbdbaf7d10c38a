internal import Ledger
internal import Records
internal import Replication
internal import TradeModel

/// `backup`: copies a ledger while a writer may be active.
enum BackupCommand {
    static let command = Command(
        name: "backup",
        operands: "DIR",
        summary: "copies the ledger into a directory, also while it is being appended to",
        help: """
            backup copies all durable events into DIR, and creates DIR if it is missing. A later run copies only what is
            new. It reads every file back from the disk and checks it. Every command that reads accepts DIR as a ledger;
            `tradeledger restore` turns it into a ledger that accepts events. DIR must not be inside the ledger's
            directory.

            The exit status is 1 if DIR is not an older state of this ledger.

            example: tradeledger backup /mnt/other-disk/ledger-backup
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let directory = arguments.operands[0]
        let total = try settings.reader().durableSequence()
        try Directory.make(directory, outside: settings.ledgerDirectory)
        let report = try settings.withProgress("backup", total: total) { onProgress in
            try LedgerBackup(of: settings.ledgerDirectory, in: directory).run(onProgress: onProgress)
        }
        let record: Record = [
            ("directory", .text(directory)), ("ledger_id", .text(report.ledgerID.description)),
            ("sequence", Cell(report.sequence)), ("root", .text(report.root.description)),
            ("taken_at", .time(report.takenAt)),
        ]
        let extents = [("copied", report.copied), ("present", report.present)].flatMap { name, extent -> Record in
            [
                ("files_\(name)", Cell(extent.fileCount)), ("bytes_\(name)", Cell(extent.byteCount)),
                ("events_\(name)", Cell(extent.eventCount)),
            ]
        }
        try RecordPrinter.print(record + extents, settings)
        return .done
    }
}

/// `restore`: restores a ledger from a backup or from the database.
enum RestoreCommand {
    static let command = Command(
        name: "restore",
        operands: "[DIR]",
        summary: "restores a ledger from a backup, or from the database",
        help: """
            restore copies the backup in DIR to the directory that --ledger names, which must be empty or missing. It
            checks every byte and the Merkle root. That directory is a ledger only once the command has finished; after
            an interruption, run it again.

            With --from-database instead of DIR, it rebuilds the log from the rows of the database, bit for bit, and
            checks it against every Merkle root in the database. The exit status is 1 if a root does not match the rows.

            example: tradeledger restore /mnt/other-disk/ledger-backup --ledger ./ledger
            """,
        options: [
            Option("--from-database", nil, "rebuild the log from the database instead of a backup"),
            Option("--ledger-id", "ID", "the ledger to rebuild; needed if the database has several"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let directory = settings.ledgerDirectory
        let report: RestoreReport
        switch (arguments.has("--from-database"), arguments.operands.first) {
        case (true, nil): report = try restoreFromDatabase(arguments["--ledger-id"], settings)
        case (false, let backup?): report = try restore(backup, to: directory, settings)
        case (true, _?), (false, nil):
            throw Failure(.usage, "restore takes either DIR or --from-database; see tradeledger restore --help")
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
        return try settings.withProgress("restore", total: total) { onProgress in
            try LedgerRestore(from: backup, to: directory).run(onProgress: onProgress)
        }
    }

    /// Rebuilds the log; `ledgerID` is nil if the user named no ledger.
    private static func restoreFromDatabase(_ ledgerID: String?, _ settings: Settings) throws -> RestoreReport {
        let restore = DatabaseRestore(try settings.database())
        let candidate = try choose(try restore.candidates(), ledgerID)
        try checkDirectory(settings.ledgerDirectory, candidate)
        try Directory.make(settings.ledgerDirectory)
        return try settings.withProgress("restore", total: candidate.sequence) { onEvent in
            try restore.run(candidate.ledgerID, to: settings.ledgerDirectory, onEvent: onEvent)
        }
    }

    private static func choose(
        _ candidates: [DatabaseRestore.Candidate],
        _ ledgerID: String?
    ) throws -> DatabaseRestore.Candidate {
        let list = candidates.map { "\($0.ledgerID) (\($0.sequence) events, last shipped at \($0.replicatedAt))" }
            .joined(separator: ", ")
        if let ledgerID {
            guard let id = EventID(ledgerID) else { throw Failure(.usage, "\(ledgerID) is not a ledger id") }
            guard let candidate = candidates.first(where: { $0.ledgerID == id }) else {
                let others = list.isEmpty ? "" : "; it has \(list)"
                throw Failure(.noInput, "the database does not have ledger \(id)" + others)
            }
            return candidate
        }
        guard let candidate = candidates.first else { throw Failure(.noInput, "the database has no ledger") }
        guard candidates.count == 1 else {
            throw Failure(.usage, "the database has several ledgers; choose one with --ledger-id: \(list)")
        }
        return candidate
    }

    /// Throws, with a remedy, if the directory already has a ledger, which is never overwritten.
    private static func checkDirectory(_ directory: String, _ candidate: DatabaseRestore.Candidate) throws {
        let reader: LedgerReader
        let held: UInt64
        do throws(LedgerError) {
            reader = try LedgerReader(opening: directory)
            held = try reader.durableSequence()
        } catch {
            // There is no readable ledger; the restore itself checks for other files.
            return
        }
        let present = "\(directory) already has ledger \(reader.ledgerID) with \(held) events"
        guard reader.ledgerID == candidate.ledgerID, held < candidate.sequence else {
            throw Failure(.usage, "\(present); choose another directory with --ledger")
        }
        throw Failure(
            .usage,
            "\(present), and the database has \(candidate.sequence): stop the programs that use it, move it aside "
                + "(mv \(directory) \(directory).behind), and run this command again"
        )
    }
}

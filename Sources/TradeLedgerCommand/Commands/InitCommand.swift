internal import Ledger
internal import Proofs
internal import Records
internal import TradeModel

/// `init`: creates a ledger.
enum InitCommand {
    static let command = Command(
        name: "init",
        summary: "creates a ledger",
        help: """
            init creates the directory if it is missing, and an empty ledger in it, which takes 16 MiB on the disk. It
            does not change a ledger that exists. It refuses a backup.

            --name gives the ledger a name of at most 128 bytes for people, which status shows beside the id, and SQL
            in ledger_status. It also renames a ledger that exists. backup and restore keep the name.

            --signing-key creates a key pair, also in a ledger that exists and has none: checkpoint.key, which signs
            checkpoints and which only its owner may read, and checkpoint.pub, with which others check them. Keep a copy
            of checkpoint.key elsewhere, and give checkpoint.pub to everybody who checks your checkpoints.

            --rotate-key adds a new key. From then on both keys sign checkpoints, and each checkpoint names the new key,
            so people who have the old key learn of it. Once others have such a checkpoint, remove the first line, which
            is the old key, from checkpoint.key.

            example: tradeledger init --ledger ./ledger --signing-key
            """,
        options: [
            Option("--name", "NAME", "the ledger's name for people; renames a ledger that exists"),
            Option("--signing-key", nil, "create a key pair that signs checkpoints"),
            Option("--rotate-key", nil, "add a new key pair to the existing one"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let directory = settings.ledgerDirectory
        let name = try arguments["--name"].map { (text) throws(Failure) in
            guard let name = LedgerName(text) else {
                throw Failure(.usage, "--name takes 1 to 128 bytes without control characters")
            }
            return name
        }
        try Directory.make(directory)
        try BackupMarker.checkAbsent(PosixStorage(directory: directory))
        let ledgerID: EventID
        if let known = try existing(directory) {
            ledgerID = known
            settings.log.say(.info, "\(directory) already has a ledger; its log was not changed")
        } else {
            ledgerID = try Ledger.create(in: directory)
            settings.log.say(.info, "created ledger \(ledgerID) in \(directory)")
        }
        if let name { try Ledger.rename(directory, to: name) }
        var record: Record = [
            ("ledger_id", .text(ledgerID.description)),
            ("name", Cell(try LedgerReader(opening: directory).name()?.description)),
            ("directory", .text(directory)),
        ]
        if let keys = try publicKeys(of: ledgerID, arguments, settings) {
            record.append(("public_key", .text(keys.map(\.description).joined(separator: " "))))
        }
        try RecordPrinter.print(record, settings)
        return .done
    }

    /// Changes the keys as requested and returns the public ones; nil if no change was requested.
    private static func publicKeys(
        of ledgerID: EventID,
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws(ProofError) -> [VerifierKey]? {
        let keys = LedgerKeys(directory: settings.ledgerDirectory)
        if arguments.has("--rotate-key") {
            let all = try keys.rotate(for: ledgerID)
            settings.log.say(.info, "added a signing key; the ledger now has \(all.count)")
            return all
        }
        guard arguments.has("--signing-key") else { return nil }
        let (all, isNew) = try keys.make(for: ledgerID)
        settings.log.say(.info, isNew ? "created a signing key" : "the ledger already has a signing key")
        return all
    }

    private static func existing(_ directory: String) throws(LedgerError) -> EventID? {
        do throws(LedgerError) { return try LedgerReader(opening: directory).ledgerID } catch {
            guard error.code == .notALedger else { throw error }
            return nil
        }
    }
}

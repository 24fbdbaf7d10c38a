internal import Ledger
internal import Proofs
internal import TradeModel

/// `init`: creates a ledger.
enum InitCommand {
    static let command = Command(
        name: "init",
        operands: "",
        summary: "makes a ledger",
        help: """
            Makes the directory where it is missing, and an empty ledger in it, which takes 16 MiB of disk.
            Where there is a ledger already, nothing is changed. A backup is refused.

            With --signing-key it gets a key pair: checkpoint.key, which signs checkpoints and which only its owner may
            read, and checkpoint.pub, by which others check them. So does a ledger that exists already and has none.
            Keep a copy of checkpoint.key elsewhere, and give checkpoint.pub to those who are to check.

            --rotate-key adds a new key: from then on checkpoints are signed by both and name the new one, so that
            whoever knows the old one learns of it. Remove the old one's line, the first, from checkpoint.key once
            others have such a checkpoint.

            example: tradeledger init --ledger ./ledger --signing-key
            """,
        options: [
            Option("--signing-key", nil, "make a key pair that signs checkpoints"),
            Option("--rotate-key", nil, "add a new key pair beside the one that is there"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "init takes no operands; use --ledger DIR") }
        let directory = settings.ledgerDirectory
        try Directory.make(directory)
        try BackupMarker.checkAbsent(PosixStorage(directory: directory))
        let ledgerID: EventID
        if let known = try existing(directory) {
            ledgerID = known
            settings.log.say(.info, "\(directory) is a ledger already; its log was not changed")
        } else {
            ledgerID = try Ledger.create(in: directory)
            settings.log.say(.info, "made ledger \(ledgerID) in \(directory)")
        }
        var record: Record = [("ledger_id", .text(ledgerID.description)), ("directory", .text(directory))]
        if let keys = try publicKeys(of: ledgerID, arguments, settings) {
            record.append(("public_key", .text(keys.map(\.description).joined(separator: " "))))
        }
        try RecordPrinter.print(record, settings)
        return .done
    }

    /// The ledger's public keys after the requested change; nil if none was requested.
    private static func publicKeys(
        of ledgerID: EventID,
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws(ProofError) -> [VerifierKey]? {
        let keys = LedgerKeys(directory: settings.ledgerDirectory)
        if arguments.has("--rotate-key") {
            let all = try keys.rotate(for: ledgerID)
            settings.log.say(.info, "added a key that signs checkpoints; there are \(all.count) now")
            return all
        }
        guard arguments.has("--signing-key") else { return nil }
        let (all, isNew) = try keys.make(for: ledgerID)
        let news = isNew ? "made the key that signs checkpoints" : "the ledger has its signing key already"
        settings.log.say(.info, news)
        return all
    }

    private static func existing(_ directory: String) throws(LedgerError) -> EventID? {
        do throws(LedgerError) { return try LedgerReader(opening: directory).ledgerID } catch {
            guard error.code == .notALedger else { throw error }
            return nil
        }
    }
}

internal import Ledger
internal import TradeModel

/// `init`: makes a ledger.
enum InitCommand {
    static let command = Command(
        name: "init",
        operands: "",
        summary: "makes a ledger",
        help: """
            Makes the directory where it is missing, and an empty ledger in it, which takes 16 MiB of disk.
            Where there is a ledger already, nothing is changed.

            With --mirror DIR the ledger is kept in two directories, which belong on two disks: an event is
            acknowledged when both have flushed it, and either is enough to go on.

            example: tradeledger init --ledger ./ledger
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "init takes no operands; use --ledger DIR") }
        let directory = settings.ledgerDirectory
        try Directory.make(directory)
        let ledgerID: EventID
        if let known = try existing(directory) {
            ledgerID = known
            settings.log.say(.info, "\(directory) is a ledger already; nothing was changed")
        } else {
            ledgerID = try Ledger.create(in: directory, mirror: settings.mirrorDirectory)
            let places = settings.mirrorDirectory.map { "\(directory) and \($0)" } ?? directory
            settings.log.say(.info, "made ledger \(ledgerID) in \(places)")
        }
        var printer = RecordPrinter(settings.format)
        try printer.print([("ledger_id", .text(ledgerID.description)), ("directory", .text(directory))])
        try printer.finish()
        return .done
    }

    private static func existing(_ directory: String) throws(LedgerError) -> EventID? {
        do throws(LedgerError) { return try LedgerReader(opening: directory).ledgerID } catch {
            guard error.code == .notALedger else { throw error }
            return nil
        }
    }
}

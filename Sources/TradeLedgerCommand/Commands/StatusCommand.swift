internal import Ledger
internal import Records

/// `status`: shows the state of the ledger, of its replicator and of its database.
enum StatusCommand {
    static let command = Command(
        name: "status",
        summary: "shows the state of the ledger, and how far the database is behind",
        help: """
            status also shows what the replicator on this machine is doing, or what it is waiting for and since when,
            and how far the database was behind when the replicator last shipped a batch. If a database is given, it
            shows how far the database is behind now, in events and seconds. Warnings go to stderr. One of them says
            that the server runs without fsync or full_page_writes, and so can lose what it has stored.

            example: tradeledger status --format json
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let database = try settings.hasDatabase ? settings.database() : nil
        let report = try StatusReport(settings.reader(), database)
        var record = report.ledger
        switch settings.format {
        case .json: record = report.record
        case .csv: for (name, part) in report.parts { record += (part ?? []).map { ("\(name)_\($0.name)", $0.cell) } }
        case .table: for (name, part) in report.parts { record += (part ?? []).map { ("\(name) \($0.name)", $0.cell) } }
        }
        for warning in report.warnings { settings.log.say(.warning, warning) }
        try RecordPrinter.printTall(record, heading: "status", settings)
        return .done
    }
}

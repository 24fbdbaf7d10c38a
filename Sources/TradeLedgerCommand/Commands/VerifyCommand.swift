internal import Ledger
internal import Replay
internal import Replication
internal import TradeModel

/// `verify`: checks every byte of the log and, where there is one, the database.
enum VerifyCommand {
    static let command = Command(
        name: "verify",
        operands: "",
        summary: "checks the log, and that the database holds exactly what it says",
        help: """
            Reads every byte of the local log and folds it anew. Where a database is given, also checks that it holds
            exactly the same events and that every projection row equals the fold. Prints one line a check; exit
            status 1 where anything differs. --format json names every row that does, in "differences".

            example: tradeledger verify --local
            """,
        options: [Option("--local", nil, "leave out the database")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "verify takes no operands; see --help") }
        let reader = try settings.reader()
        let total = try reader.durableSequence()
        var progress = ProgressBar("verify", total: total, isQuiet: settings.isQuiet)
        var printer = RecordPrinter(settings.format)
        var checks = try LedgerAudit(reader).run { progress.update($0) }
        for check in checks { try printer.print(record(check, settings.format)) }
        if settings.hasDatabase && !arguments.has("--local") && !checks.contains(where: { $0.problem != nil }) {
            do {
                let ofDatabase = try DatabaseAudit(reader, try settings.database()).run { progress.update($0) }
                for check in ofDatabase { try printer.print(record(check, settings.format)) }
                checks += ofDatabase
            } catch {
                // What was found in the log stands, whatever the database says.
                progress.finish()
                try printer.finish()
                throw error
            }
        }
        progress.finish()
        try printer.finish()
        let problems = checks.filter { $0.problem != nil }
        for check in problems { settings.log.say(.error, "\(check.name): \(check.problem ?? "")") }
        return problems.isEmpty ? .done : .difference
    }

    private static func record(_ check: AuditCheck, _ format: OutputFormat) -> Record {
        [
            ("check", .text(check.name)), ("verdict", .text(check.problem == nil ? "ok" : "differs")),
            ("extent", .text(check.extent)), ("problem", Cell(check.problem)),
        ] + (format == .json ? [("differences", .json(json(check.differences)))] : [])
    }

    /// Every row that differs.
    private static func json(_ differences: [AuditDifference]) -> [UInt8] {
        AuditDifference.array(differences) { json, difference in
            let record: Record = [("kind", .text(difference.kind.rawValue)), ("count", Cell(difference.count))]
            json.value(json: (record + difference.jsonRecord).json)
        }
    }
}

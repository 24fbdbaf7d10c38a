internal import Ledger
internal import Replay
internal import Replication

/// `verify`: checks every byte of the log and, where there is one, the database.
enum VerifyCommand {
    static let command = Command(
        name: "verify",
        operands: "",
        summary: "checks the log, and that the database holds exactly what it says",
        help: """
            Reads every byte of the local log and folds it anew. Where a database is given, also checks that it holds
            exactly the same events and that every projection row equals the fold. Prints one line a check; exit status 1
            where anything differs.

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
        var checks = try LedgerAudit(reader).run { progress.update($0) }
        if settings.hasDatabase && !arguments.has("--local") && !checks.contains(where: { $0.problem != nil }) {
            checks += try DatabaseAudit(reader, try settings.database()).run { progress.update($0) }
        }
        progress.finish()
        var printer = RecordPrinter(settings.format)
        for check in checks {
            try printer.print([
                ("check", .text(check.name)), ("verdict", .text(check.problem == nil ? "ok" : "differs")),
                ("extent", .text(check.extent)), ("problem", Cell(check.problem)),
            ])
        }
        try printer.finish()
        let problems = checks.filter { $0.problem != nil }
        for check in problems { settings.log.say(.error, "\(check.name): \(check.problem ?? "")") }
        return problems.isEmpty ? .done : .difference
    }
}

internal import Ledger
internal import Proofs
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
            exactly the same events and that every projection row equals the fold. Prints one line for each check;
            exit status 1 where anything differs. --format json names every row that does, in "differences".

            Every rule that append applies holds for the log as well: an event, a fill or a trade that is there twice is
            found, too.

            --deep relies on nothing but the segments, which takes 36 bytes an event in memory instead of 4, and has the
            database fold its own events, by rules written once more in SQL.

            With --against FILE, which holds checkpoints that somebody kept, also checks that the log extends each of
            them: nothing that they speak of was changed, and the end of the log was not cut off. Each FILE has a line
            of its own, where the option is repeated. --key names a copy of
            the ledger's checkpoint.pub that was kept apart from it; without it nobody knows whose checkpoints they are.

            example: tradeledger verify --local --against kept.checkpoint --key kept.pub
            """,
        options: [
            Option("--local", nil, "leave out the database"),
            Option("--deep", nil, "rely on the segments alone, and fold the events in SQL, too"),
            Option("--against", "FILE", "checkpoints that the log must extend; can be repeated", isRepeatable: true),
            PublicKeys.option("the public key that must have signed them"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "verify takes no operands; see --help") }
        let published = try published(arguments, settings)
        let reader = try settings.reader()
        let total = try reader.durableSequence()
        var progress = ProgressBar("verify", total: total, isQuiet: settings.isQuiet)
        var printer = CheckPrinter(settings)
        let isDeep = arguments.has("--deep")
        var checks = try LedgerAudit(reader, extending: published, isDeep: isDeep).run { progress.update($0) }
        for check in checks { printer.print(record(check, settings.format)) }
        if settings.hasDatabase && !arguments.has("--local") && !checks.contains(where: { $0.problem != nil }) {
            do {
                let ofDatabase = try DatabaseAudit(reader, try settings.database())
                    .run(isDeep ? .deep : .standard) { progress.update($0) }
                for check in ofDatabase { printer.print(record(check, settings.format)) }
                checks += ofDatabase
            } catch {
                // The result for the log is reported even if the database check fails.
                progress.finish()
                printer.flush()
                throw error
            }
        }
        progress.finish()
        let findings = findings(checks)
        return try printer.finish(findings == nil ? .done : .difference, findings: findings)
    }

    /// The problems found, on one line; nil if there are none.
    private static func findings(_ checks: [AuditCheck]) -> String? {
        let problems = checks.compactMap { check in check.problem.map { "\(check.name): \($0)" } }
        guard !problems.isEmpty else { return nil }
        return "verify found problems in \(counted(problems.count, "check")): " + problems.joined(separator: "; ")
    }

    /// The checkpoints of each file that `--against` names, after their signatures were verified with `--key`.
    private static func published(
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws -> [PublishedCheckpoints] {
        let files = arguments.all("--against")
        guard !files.isEmpty else {
            guard arguments["--key"] == nil else { throw Failure(.usage, "--key belongs to --against FILE") }
            return []
        }
        let published = try files.map { try PublishedCheckpoints(try InputFile.bytes(ofFile: $0), name: $0) }
        if let keys = try PublicKeys.keys(arguments, settings) {
            for published in published { try published.check(keys) }
        }
        return published
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

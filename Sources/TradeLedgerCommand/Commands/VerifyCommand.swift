internal import Ledger
internal import Proofs
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// `verify`: checks every byte of the log and, if one is given, the database.
enum VerifyCommand {
    static let command = Command(
        name: "verify",
        summary: "checks the log, and that the database equals it",
        help: """
            verify reads and folds every byte of the local log. If a database is given, it also checks that the database
            has exactly the same events and that every projection row equals the fold. It prints one line for each
            check. The exit status is 1 if anything differs. With --format json, "differences" lists every row that
            differs.

            verify applies the rules of append to the log, so it also finds an event, a fill or a trade that occurs
            twice.

            --deep relies on the segments alone, which takes 36 bytes of memory per event instead of 4. It also has the
            database fold its own events, by an independent copy of the rules in SQL.

            With --against FILE, verify also checks that the log extends each checkpoint in FILE: nothing before the
            checkpoint was changed, and the end of the log was not cut off. If the option is repeated, it prints one
            line for each FILE. --key names a copy of the ledger's checkpoint.pub that was kept elsewhere; without it
            verify cannot tell who signed the checkpoints.

            example: tradeledger verify --local --against kept.checkpoint --key kept.pub
            """,
        options: [
            Option("--local", nil, "do not check the database"),
            Option("--deep", nil, "rely on the segments alone, and also fold the events in SQL"),
            Option("--against", "FILE", "checkpoints that the log must extend; can be repeated", isRepeatable: true),
            PublicKeys.option("the public key that must have signed them"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let published = try published(arguments, settings)
        let reader = try settings.reader()
        let total = try reader.durableSequence()
        var printer = CheckPrinter(settings)
        let isDeep = arguments.has("--deep")
        var checks = try settings.withProgress("verify", total: total) { onEvent in
            try LedgerAudit(reader, extending: published, isDeep: isDeep).run(onEvent: onEvent)
        }
        for check in checks { printer.print(record(check, settings.format)) }
        if settings.hasDatabase && !arguments.has("--local") && !checks.contains(where: { $0.problem != nil }) {
            do {
                let ofDatabase = try settings.withProgress("verify", total: total) { onEvent in
                    try DatabaseAudit(reader, try settings.database())
                        .run(isDeep ? .deep : .standard, onEvent: onEvent)
                }
                for check in ofDatabase { printer.print(record(check, settings.format)) }
                checks += ofDatabase
            } catch {
                // The result for the log is reported even if the database check fails.
                printer.flush()
                throw error
            }
        }
        let findings = findings(checks)
        return try printer.finish(findings == nil ? .done : .difference, findings: findings)
    }

    /// The problems on one line; nil if there are none.
    private static func findings(_ checks: [AuditCheck]) -> String? {
        let problems = checks.compactMap { check in check.problem.map { "\(check.name): \($0)" } }
        guard !problems.isEmpty else { return nil }
        return "verify found problems in \(counted(problems.count, "check")): " + problems.joined(separator: "; ")
    }

    /// Reads the files that `--against` names, and checks their signatures with the keys of `--key`.
    private static func published(
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws -> [PublishedCheckpoints] {
        let files = arguments.all("--against")
        guard !files.isEmpty else {
            guard arguments["--key"] == nil else { throw Failure(.usage, "--key needs --against FILE") }
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

    private static func json(_ differences: [AuditDifference]) -> [UInt8] {
        AuditDifference.array(differences) { json, difference in
            let record: Record = [("kind", .text(difference.kind.rawValue)), ("count", Cell(difference.count))]
            json.value(json: (record + difference.jsonRecord).json)
        }
    }
}

extension AuditDifference {
    /// All columns, sequences (as runs of first and last), trades and groups of trades that differ.
    var jsonRecord: Record {
        [
            ("columns", .json(Self.array(columns) { $0.value($1) })),
            (
                "sequences",
                .json(
                    Self.array(sequences.ranges) { json, range in
                        json.value(json: Self.array([range.lowerBound, range.upperBound]) { $0.value($1) })
                    }
                )
            ),
            ("trade_ids", .json(Self.array(tradeIDs) { $0.value($1) })),
            ("groups", .json(Self.array(groups) { $0.value($1) })),
        ]
    }

    /// Writes a JSON array.
    static func array<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for element in elements { write(&json, element) }
        json.endArray()
        return json.bytes
    }
}

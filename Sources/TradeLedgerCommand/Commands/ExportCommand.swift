internal import Ledger
internal import Replay
internal import TradeModel

/// `export`: writes trades, events or a period of the log, for other tools and for auditors.
enum ExportCommand {
    static let command = Command(
        name: "export",
        summary: "exports trades as CSV, events as NDJSON, or a directory for an auditor",
        help: """
            --as csv exports the trades, with the columns of `tradeledger trades`. --as ndjson exports the events, as
            `tradeledger events` prints them. Both go to stdout, or to the file that --out names. An existing file is
            replaced only with --force.

            In a CSV, export puts an apostrophe before text that a spreadsheet would take for a formula, and before text
            that begins with an apostrophe. Remove one apostrophe from each cell that begins with one.

            --as audit creates the directory of --out, which an auditor can check with Python alone. It contains
            segments of the log, a signed checkpoint, a proof of the earlier events, the events, the trades, the pages
            about the formats, two readers, and a README.md with instructions. --since and --until choose a period by
            the ledger's clock; the export contains every segment with an event of that period. It needs a signing key:
            see `tradeledger init --signing-key`.

            example: tradeledger export --as audit --since 2026-01-01T00:00:00Z --out audit-2026
            """,
        options: [
            Option("--as", "csv|ndjson|audit", "what to export"),
            Option("--out", "PATH", "the file to write; for audit the directory to create"),
            Option("--force", nil, "replace an existing file"),
            Option("--since", "T", "audit: only events recorded at this time or later"),
            Option("--until", "T", "audit: only events recorded before this time"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let (since, until) = (try arguments.time("--since"), try arguments.time("--until"))
        guard arguments["--as"] == "audit" || (since == nil && until == nil) else {
            throw Failure(.usage, "--since and --until need --as audit")
        }
        let out = arguments["--out"]
        guard !arguments.has("--force") || out != nil && arguments["--as"] != "audit" else {
            throw Failure(
                .usage,
                "--force needs --out FILE and --as csv or ndjson; export never replaces an audit directory"
            )
        }
        if let out, arguments["--as"] != "audit" {
            try Directory.check(file: out, isOutside: settings.ledgerDirectory)
        }
        let existing: OutputFile.Existing = arguments.has("--force") ? .replaced : .kept
        switch try arguments.choice("--as", of: ["csv", "ndjson", "audit"]) {
        case "csv": try Export(wholeOf: try settings.reader()).writeTrades(to: out, existing)
        case "ndjson": try Export(wholeOf: try settings.reader()).writeEvents(to: out, existing)
        case "audit":
            guard let out else { throw Failure(.usage, "--as audit needs --out DIR") }
            try AuditPack(settings, in: out).write(since: since, until: until)
        default: throw Failure(.usage, "--as takes csv, ndjson or audit")
        }
        return .done
    }
}

internal import Ledger
internal import Replay
internal import TradeModel

/// `export`: trades, events or a whole period of the log, for other tools and for auditors.
enum ExportCommand {
    static let command = Command(
        name: "export",
        operands: "",
        summary: "exports trades as CSV, events as NDJSON, or a directory for an auditor",
        help: """
            --as csv: the trades, with the columns of `tradeledger trades`. --as ndjson: the events, as `tradeledger
            events` prints them. Both go to stdout, or to the file that --out names; one that is there already is
            replaced with --force only.

            No cell of a CSV is a formula in a spreadsheet: text that would be one has an apostrophe before it, and so
            has text that begins with an apostrophe. Take one off each cell that begins with one.

            --as audit: makes the directory of --out, which an auditor can check with Python and nothing of the
            ledger's: segments of the log, a signed checkpoint, a proof of what came before, events, trades, the pages
            on the formats, two readers, and a README.md that says what to do. --since and --until choose a period by
            the ledger's clock; the segments that hold it are handed out whole. Needs a signing key:
            `tradeledger init --signing-key`.

            example: tradeledger export --as audit --since 2026-01-01T00:00:00Z --out audit-2026
            """,
        options: [
            Option("--as", "csv|ndjson|audit", "what to export"),
            Option("--out", "PATH", "the file to write; for audit a directory"),
            Option("--force", nil, "replace the file of --out where it is there already"),
            Option("--since", "T", "audit: events recorded at this time or later"),
            Option("--until", "T", "audit: events recorded before this time"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "export takes no operands; see --help") }
        let (since, until) = (try arguments.time("--since"), try arguments.time("--until"))
        guard arguments["--as"] == "audit" || (since == nil && until == nil) else {
            throw Failure(.usage, "--since and --until belong to --as audit")
        }
        let out = arguments["--out"]
        guard !arguments.has("--force") || out != nil && arguments["--as"] != "audit" else {
            throw Failure(.usage, "--force belongs to --out FILE of --as csv or ndjson; no audit directory is replaced")
        }
        if let out, arguments["--as"] != "audit" {
            try Directory.check(file: out, isOutside: settings.ledgerDirectory)
        }
        let existing: OutputFile.Existing = arguments.has("--force") ? .replaced : .kept
        switch arguments["--as"] {
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

internal import CLedgerShims
internal import Glibc
internal import Ledger
internal import LedgerService
internal import Proofs
internal import Replay
internal import Replication

/// The settings that every command has, from the global options and the environment.
struct Settings {
    let ledgerDirectory: String
    let databaseURL: String?
    let format: OutputFormat
    let log: Log
    let isQuiet: Bool
    /// Whether a table has every column, however wide the page is.
    let isWide: Bool
    /// Whether a table has every digit.
    let isExact: Bool

    static let options = [
        Option("--ledger", "DIR", "the ledger's directory (default: TRADELEDGER_DIR, else ./ledger)"),
        Option("--database", "URL", "the database (default: DATABASE_URL, else libpq's PG* variables)"),
        Option("--format", "table|json|csv", "the format of the data (default: table on a terminal, else json)"),
        Option("--wide", nil, "show every column of a table, whether they fit or not"),
        Option("--exact", nil, "show every digit of a number in a table, and times to the microsecond"),
        Option("--log-format", "text|json", "the format of messages on stderr (default: text)"),
        Option("--log-level", "LEVEL", "the lowest level to log: debug, info, warning or error (default: info)"),
        Option("--quiet", nil, "log only warnings and errors"),
        Option("--help", nil, "show this help, as do -h and help COMMAND"),
    ]

    init(_ arguments: CommandLineArguments) throws(Failure) {
        ledgerDirectory = arguments["--ledger"] ?? Self.environment("TRADELEDGER_DIR") ?? "./ledger"
        databaseURL = arguments["--database"] ?? Self.environment("DATABASE_URL")
        isQuiet = arguments.has("--quiet")
        isWide = arguments.has("--wide")
        isExact = arguments.has("--exact")
        let usual = isatty(STDOUT_FILENO) == 1 ? OutputFormat.table : .json
        format = try arguments.choice("--format", among: OutputFormat.allCases) ?? usual
        let logFormat = try arguments.choice("--log-format", among: Log.Format.allCases) ?? .text
        let levels = Log.Level.allCases.map { "\($0)" }
        let level = try arguments.choice("--log-level", of: levels).flatMap { Log.Level(name: $0) }
        log = Log(format: logFormat, level: level ?? (isQuiet ? .warning : .info))
    }

    /// Whether `--database` or `DATABASE_URL` names a database; for commands that also work without one.
    var hasDatabase: Bool { databaseURL != nil }

    /// The database's address, which may also come from libpq's own variables.
    ///
    /// Throws if nothing names a database.
    func database() throws -> DatabaseAddress {
        let variables = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"]
        guard hasDatabase || variables.contains(where: { Self.environment($0) != nil }) else {
            throw Failure(.configuration, "no database was given; use --database URL, DATABASE_URL or PGHOST")
        }
        return DatabaseAddress(url: databaseURL, password: try Secret.password())
    }

    /// The address of a database that an operand or another option names.
    func database(at url: String) throws -> DatabaseAddress {
        DatabaseAddress(url: url, password: try Secret.password())
    }

    func reader() throws(LedgerError) -> LedgerReader { try LedgerReader(opening: ledgerDirectory) }

    /// The prover that signs for the ledger.
    func prover() throws -> LedgerProver { try LedgerProver(try reader(), LedgerKeys(directory: ledgerDirectory)) }

    /// The secret with which a kill switch signs its requests; nil where there is none.
    ///
    /// Throws a failure of the configuration where it is too short.
    func killSwitchSecret() throws -> KillSwitchSecret? {
        guard let bytes = try Secret.killSwitch() else { return nil }
        guard let secret = KillSwitchSecret(bytes) else {
            let least = KillSwitchSecret.byteCountMin
            throw Failure(
                .configuration,
                "kill_switch_secret has \(counted(bytes.count, "byte")) and needs at least \(least): make one with "
                    + "openssl rand -hex 32"
            )
        }
        return secret
    }

    /// Shows a progress bar on a terminal while `work` reports how much of `total` is done.
    func withProgress<Result>(
        _ label: String,
        total: UInt64,
        _ work: ((UInt64) -> Void) throws -> Result
    ) rethrows -> Result {
        var progress = ProgressBar(label, total: total, isQuiet: isQuiet)
        defer { progress.finish() }
        return try work { progress.update($0) }
    }

    /// The directory for unnamed temporary files.
    static var temporaryDirectory: String { environment("TMPDIR") ?? "/tmp" }

    /// How many columns a page on standard output has: what `COLUMNS` says, else the terminal, else 80; at least 40.
    static var columnCount: Int {
        let told = environment("COLUMNS").flatMap { Int($0) } ?? Int(ledger_terminal_columns(STDOUT_FILENO))
        return told > 0 ? max(told, columnCountMin) : usualColumnCount
    }

    private static let usualColumnCount = 80
    private static let columnCountMin = 40

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}

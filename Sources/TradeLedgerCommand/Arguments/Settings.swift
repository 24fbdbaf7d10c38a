internal import CLedgerShims
internal import Glibc
internal import Ledger
internal import Proofs
internal import Replication

/// The settings that every command has, from the global options and the environment.
struct Settings {
    let ledgerDirectory: String
    let databaseURL: String?
    let format: OutputFormat
    let log: Log
    let isQuiet: Bool

    static let options = [
        Option("--ledger", "DIR", "the ledger's directory (default: TRADELEDGER_DIR, else ./ledger)"),
        Option("--database", "URL", "the database (default: DATABASE_URL, else libpq's PG* variables)"),
        Option("--format", "table|json|csv", "the format of the data (default: table on a terminal, else json)"),
        Option("--log-format", "text|json", "the format of messages on stderr (default: text)"),
        Option("--log-level", "LEVEL", "the lowest level to log: debug, info, warning or error (default: info)"),
        Option("--quiet", nil, "log only warnings and errors"),
        Option("--help", nil, "show this help, as do -h and help COMMAND"),
    ]

    private static let passwordFile = "/run/secrets/db_password"

    init(_ arguments: CommandLineArguments) throws(Failure) {
        ledgerDirectory = arguments["--ledger"] ?? Self.environment("TRADELEDGER_DIR") ?? "./ledger"
        databaseURL = arguments["--database"] ?? Self.environment("DATABASE_URL")
        isQuiet = arguments.has("--quiet")
        switch arguments["--format"] {
        case nil: format = isatty(STDOUT_FILENO) == 1 ? .table : .json
        case let name?:
            guard let chosen = OutputFormat(rawValue: name) else {
                throw Failure(.usage, "--format takes table, json or csv, not \(name)")
            }
            format = chosen
        }
        guard let logFormat = Log.Format(rawValue: arguments["--log-format"] ?? "text") else {
            throw Failure(.usage, "--log-format takes text or json")
        }
        guard let level = Log.Level(name: arguments["--log-level"] ?? (isQuiet ? "warning" : "info")) else {
            throw Failure(.usage, "--log-level takes debug, info, warning or error")
        }
        log = Log(format: logFormat, level: level)
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
        return DatabaseAddress(url: databaseURL, password: try Self.passwordFromSecret())
    }

    /// The address of a database that an operand or another option names.
    func database(at url: String) throws -> DatabaseAddress {
        DatabaseAddress(url: url, password: try Self.passwordFromSecret())
    }

    func reader() throws(LedgerError) -> LedgerReader { try LedgerReader(opening: ledgerDirectory) }

    /// The prover that signs for the ledger.
    func prover() throws -> LedgerProver { try LedgerProver(try reader(), LedgerKeys(directory: ledgerDirectory)) }

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

    private static func passwordFromSecret() throws -> String? {
        guard unsafe access(passwordFile, R_OK) == 0 else { return nil }
        var bytes = try InputFile.bytes(ofFile: passwordFile)
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

internal import Glibc
internal import Ledger
internal import Proofs
internal import Replication

/// The settings of every command: the global options and the environment.
struct Settings {
    let ledgerDirectory: String
    let databaseURL: String?
    let format: OutputFormat
    let log: Log
    let isQuiet: Bool

    static let options = [
        Option("--ledger", "DIR", "the ledger's directory (TRADELEDGER_DIR; ./ledger)"),
        Option("--database", "URL", "the database (DATABASE_URL, or libpq's PG* variables)"),
        Option("--format", "table|json|csv", "how to print data (table on a terminal, else json)"),
        Option("--log-format", "text|json", "how to write messages to stderr (text)"),
        Option("--log-level", "LEVEL", "the lowest level to write: debug, info, warning or error (info)"),
        Option("--quiet", nil, "write only what went wrong"),
        Option("--help", nil, "show this help; also -h, and help COMMAND"),
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

    /// Whether an option or `DATABASE_URL` names a database; for commands that can work without one.
    var hasDatabase: Bool { databaseURL != nil }

    /// The database's address, which may also come from libpq's own variables.
    ///
    /// Throws where nothing names one.
    func database() throws -> DatabaseAddress {
        let variables = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"]
        guard hasDatabase || variables.contains(where: { Self.environment($0) != nil }) else {
            throw Failure(.configuration, "no database is given; use --database URL, DATABASE_URL or PGHOST")
        }
        return DatabaseAddress(url: databaseURL, password: try Self.passwordFromSecret())
    }

    /// The address of a database that an operand or option names, beside or instead of the one of `--database`.
    func database(at url: String) throws -> DatabaseAddress {
        DatabaseAddress(url: url, password: try Self.passwordFromSecret())
    }

    func reader() throws(LedgerError) -> LedgerReader { try LedgerReader(opening: ledgerDirectory) }

    /// The prover that signs for the ledger.
    func prover() throws -> LedgerProver { try LedgerProver(try reader(), LedgerKeys(directory: ledgerDirectory)) }

    /// The directory for unnamed temporary files.
    static var temporaryDirectory: String { environment("TMPDIR") ?? "/tmp" }

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

internal import Ledger
internal import Replay
internal import Replication

/// `help`: shows what `--help` shows.
enum HelpCommand {
    static let command = Command(
        name: "help",
        operands: "[COMMAND]",
        summary: "shows the help of a command, or lists all commands",
        help: """
            --help and -h show the same, with or without a command.

            example: tradeledger help append
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        if let name = arguments.operands.first {
            try Help.print(try Program.command(name))
        } else {
            try Help.printOverview()
        }
        return .done
    }
}

/// The help texts on standard output, wrapped to a terminal of 80 columns.
enum Help {
    private static let width = 80

    /// Answers a command line without a command: an error unless it asks for help or for the version.
    static func answer(_ words: ArraySlice<String>) throws -> ExitStatus {
        if words.contains("--version") {
            try write(["tradeledger \(ProgramVersion.current)"])
        } else if words.contains("--help") || words.contains(CommandLineArguments.shortHelp) {
            try printOverview()
        } else {
            let settings = try Settings(CommandLineArguments(words, of: HelpCommand.command))
            throw Failure(.usage, "no command was given; " + (try nextStep(settings.ledgerDirectory)))
        }
        return .done
    }

    /// What to do next with the ledger in a directory.
    private static func nextStep(_ directory: String) throws -> String {
        let reader: LedgerReader
        do throws(LedgerError) { reader = try LedgerReader(opening: directory) } catch {
            guard ExitStatus(error) == .noInput else {
                return "tradeledger verify says what is wrong with the ledger in \(directory)"
            }
            return
                "there is no ledger in \(directory): tradeledger init makes one, tradeledger --help lists the commands"
        }
        let name = try reader.name().map { "\($0) (\(reader.ledgerID))" } ?? "\(reader.ledgerID)"
        let count = try reader.durableSequence()
        let next =
            count == 0
            ? "tradeledger append FILE brings in the first"
            : "tradeledger status, trades and performance show what they say, tradeledger verify checks them"
        return "ledger \(name) in \(directory) has \(counted(count, "event")): \(next)"
    }

    /// Prints all commands, the options that each of them has, and the exit statuses.
    static func printOverview() throws {
        var lines = wrapped(
            "tradeledger keeps trade events in a local log and replicates each of them to TimescaleDB exactly once."
        )
        lines += ["", "usage: tradeledger COMMAND [OPTION]…", ""]
        lines += columns(Program.commands.map { ($0.name, $0.summary) })
        lines += ["", "options of every command:"] + self.lines(of: Settings.options)
        lines += ["", "exit status:"] + columns(statuses)
        lines += ["", "example: tradeledger init && tradeledger append fixtures/trades.ndjson"]
        try write(lines)
    }

    private static let statuses = [
        ("0", "done"), ("1", "a check found a difference"), ("64", "wrong usage"), ("65", "some input was rejected"),
        ("66", "there is no such ledger or file"), ("69", "the database cannot be reached"), ("70", "internal error"),
        ("74", "an I/O error, a full disk or damaged data"),
        ("75", "another writer holds the ledger, or has not taken a request"),
        ("78", "wrong configuration, or a database schema that is missing or too new"),
    ]

    /// Prints the help of one command.
    static func print(_ command: Command) throws {
        var lines = ["usage: \(command.usage) [OPTION]…", ""] + wrapped(command.summary) + [""]
        for paragraph in command.help.split(separator: "\n\n") {
            // An example stays on one line, so that it can be copied.
            lines += (paragraph.hasPrefix("example: ") ? [String(paragraph)] : wrapped(paragraph)) + [""]
        }
        if !command.options.isEmpty { lines += ["options:"] + self.lines(of: command.options) + [""] }
        let others = Settings.options.filter { option in !command.options.contains { $0.name == option.name } }
        lines += ["options of every command:"] + self.lines(of: others)
        try write(lines)
    }

    private static func lines(of options: [Option]) -> [String] {
        columns(options.map { ($0.name + ($0.valueName.map { " " + $0 } ?? ""), $0.help) })
    }

    /// The lines of a text; the first one begins with `margin`, and the others are indented to match.
    ///
    /// A word that is longer than a line has a line to itself.
    private static func wrapped(_ text: some StringProtocol, indentedBy margin: String = "") -> [String] {
        var lines = [margin]
        var isLineEmpty = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !isLineEmpty && lines[lines.count - 1].count + 1 + word.count > width {
                lines.append(String(repeating: " ", count: margin.count))
                isLineEmpty = true
            }
            lines[lines.count - 1] += (isLineEmpty ? "" : " ") + word
            isLineEmpty = false
        }
        return lines
    }

    /// The lines of two columns; the first one is as wide as the longest name.
    private static func columns(_ rows: [(name: String, text: String)]) -> [String] {
        let nameWidth = rows.map(\.name.count).max() ?? 0
        return rows.flatMap { row in
            wrapped(
                row.text,
                indentedBy: "  " + row.name + String(repeating: " ", count: nameWidth - row.name.count + 2)
            )
        }
    }

    private static func write(_ lines: [String]) throws {
        var output = StandardOutput()
        for line in lines { try output.line(line) }
        try output.flush()
    }
}

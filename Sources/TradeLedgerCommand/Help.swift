internal import Replication

/// What `--help` prints.
enum Help {
    /// The answer to a command line without a command: an error unless help or the version was asked for.
    static func answer(_ words: ArraySlice<String>) throws -> ExitStatus {
        if words.contains("--version") {
            try write(["tradeledger \(ProgramVersion.current)"])
            return .done
        }
        guard words.contains("--help") || words.contains(CommandLineArguments.shortHelp) else {
            throw Failure(.usage, "which command? see tradeledger --help")
        }
        try printOverview()
        return .done
    }

    /// All commands, the options of each of them, and the exit statuses.
    static func printOverview() throws {
        var lines = WrappedText.lines(
            "tradeledger keeps every trade event in a local log and brings each into TimescaleDB exactly once."
        )
        lines += ["", "usage: tradeledger COMMAND [OPTION]…", ""]
        lines += WrappedText.columns(Program.commands.map { ($0.name, $0.summary) })
        lines += ["", "options of every command:"] + self.lines(of: Settings.options)
        lines += ["", "exit status:"] + WrappedText.columns(statuses)
        lines += ["", "example: tradeledger init && tradeledger append fixtures/trades.ndjson"]
        try write(lines)
    }

    private static let statuses = [
        ("0", "done"), ("1", "a check found a difference"), ("64", "usage"), ("65", "some input was rejected"),
        ("66", "no such ledger or file"), ("69", "the database cannot be reached"), ("70", "internal error"),
        ("74", "I/O error, full disk or damaged data"), ("75", "the ledger is held by another writer"),
        ("78", "configuration, or a schema that is missing or too new"),
    ]

    /// The help of one command.
    static func print(_ command: Command) throws {
        let operands = command.operands.isEmpty ? "" : " " + command.operands
        var lines = ["usage: tradeledger \(command.name)\(operands) [OPTION]…", ""]
        lines += WrappedText.lines(command.summary) + [""]
        lines += command.help.split(separator: "\n\n").flatMap { paragraph(String($0)) + [""] }
        if !command.options.isEmpty { lines += ["options:"] + self.lines(of: command.options) + [""] }
        lines += ["options of every command:"] + self.lines(of: Settings.options)
        try write(lines)
    }

    /// The lines of a paragraph; an example stays on one, so that it can be copied.
    private static func paragraph(_ text: String) -> [String] {
        text.hasPrefix("example: ") ? [text] : WrappedText.lines(text)
    }

    private static func lines(of options: [Option]) -> [String] {
        WrappedText.columns(options.map { ($0.name + ($0.valueName.map { " " + $0 } ?? ""), $0.help) })
    }

    private static func write(_ lines: [String]) throws {
        var output = StandardOutput()
        for line in lines { try output.line(line) }
        try output.flush()
    }
}

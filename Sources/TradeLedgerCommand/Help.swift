internal import Replication

/// What `--help` prints.
enum Help {
    /// The overview, for a command line without a command: an error unless help was asked for.
    static func printOverview(_ words: ArraySlice<String>) throws -> ExitStatus {
        if words.contains("--version") {
            try write(["tradeledger \(ProgramVersion.current)"])
            return .done
        }
        guard words.contains("--help") else {
            throw Failure(.usage, "which command? see tradeledger --help")
        }
        let width = Program.commands.map(\.name.count).max() ?? 0
        try write(
            [
                "tradeledger keeps every trade event in a local log and brings each into TimescaleDB exactly once.", "",
                "usage: tradeledger COMMAND [OPTION]…", "",
            ] + Program.commands.map { "  \(padded($0.name, width))  \($0.summary)" } + [
                "", "options of every command:",
            ]
                + lines(of: Settings.options)
                + [
                    "", "exit status: 0 done, 1 a difference was found, 64 usage, 65 some input was rejected,",
                    "  66 no such ledger or file, 69 no database, 70 internal error, 74 I/O error or damage,",
                    "  75 held by another writer, 78 configuration or schema", "",
                    "example: tradeledger init && tradeledger append fixtures/trades.ndjson && tradeledger trades",
                ]
        )
        return .done
    }

    /// The help of one command.
    static func print(_ command: Command) throws {
        let operands = command.operands.isEmpty ? "" : " " + command.operands
        try write(
            ["usage: tradeledger \(command.name)\(operands) [OPTION]…", "", command.summary, "", command.help, ""]
                + (command.options.isEmpty ? [] : ["options:"] + lines(of: command.options) + [""])
                + ["options of every command:"] + lines(of: Settings.options)
        )
    }

    private static func lines(of options: [Option]) -> [String] {
        let names = options.map { option in option.name + (option.valueName.map { " " + $0 } ?? "") }
        let width = names.map(\.count).max() ?? 0
        return zip(names, options).map { "  \(padded($0, width))  \($1.help)" }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func write(_ lines: [String]) throws {
        var output = StandardOutput()
        for line in lines { try output.line(line) }
        try output.flush()
    }
}

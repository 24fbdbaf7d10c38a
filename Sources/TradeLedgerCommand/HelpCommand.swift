/// `help`: what `--help` prints.
enum HelpCommand {
    static let command = Command(
        name: "help",
        operands: "[COMMAND]",
        summary: "shows the help of a command, or lists all commands",
        help: """
            The same as --help or -h, with a command or without one.

            example: tradeledger help append
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count <= 1 else { throw Failure(.usage, "help takes one command at most") }
        if let name = arguments.positional.first {
            try Help.print(try Program.command(name))
        } else {
            try Help.printOverview()
        }
        return .done
    }
}

/// A command: what it is called, what it is told, what it does.
struct Command: Sendable {
    let name: String
    /// What stands behind the name in the usage line.
    let operands: String
    let summary: String
    /// Details for `--help`, and an example that can be run.
    let help: String
    let options: [Option]
    let run: @Sendable (CommandLineArguments, Settings) throws -> ExitStatus
}
